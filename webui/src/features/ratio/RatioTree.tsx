// How users and tasks share the run; live and in the report.
import type { Ratio, RatioNode } from '../../api/types'

export function RatioTree({ ratio }: { ratio: Ratio }) {
  return (
    <div className="ratios">
      <RatioPart title="Ratio per user class" nodes={ratio.per_class} />
      <RatioPart title="Total ratio" nodes={ratio.total} />
    </div>
  )
}

interface PartProps {
  title: string
  nodes: Readonly<Record<string, RatioNode>>
}

function RatioPart({ title, nodes }: PartProps) {
  return (
    <section className="card ratio">
      <h2>{title}</h2>
      {Object.keys(nodes).length === 0 ? <p className="muted">No users.</p> : <Nodes nodes={nodes} />}
    </section>
  )
}

function Nodes({ nodes }: { nodes: Readonly<Record<string, RatioNode>> }) {
  return (
    <ul>
      {Object.entries(nodes).map(([name, node]) => (
        <li key={name}>
          <div className="share">
            <meter min={0} max={1} value={node.ratio} aria-label={`Share of ${name}`} />
            <span className="number">{(node.ratio * 100).toFixed(1)} %</span>
            <span>{name}</span>
          </div>
          {node.tasks && <Nodes nodes={node.tasks} />}
        </li>
      ))}
    </ul>
  )
}
