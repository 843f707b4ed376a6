// All charts of one or several endpoints side by side; live and in the report.
import { useMemo, useState } from 'react'

import { linesOf, overlayLine, type Mark, type Metric, type Overlay } from '../../lib/chartData'
import { formatClock, formatCount, formatMs, formatRate, percentileName } from '../../lib/format'
import type { Columns } from '../../lib/series'
import { HeatMap } from '../../ui/HeatMap'
import { LineChart } from '../../ui/LineChart'
import type { Zoom } from '../../ui/plot'

export interface Panel {
  id: string
  title: string
  columns: Columns
  overlays: readonly Overlay[]
}

interface Props {
  panels: readonly Panel[]
  percentiles: readonly number[]
  bounds: readonly number[]
  marks: readonly Mark[]
}

const METRICS: { metric: Metric; title: string; format: (value: number) => string }[] = [
  { metric: 'throughput', title: 'Requests per second', format: formatRate },
  { metric: 'latency', title: 'Response times (ms)', format: formatMs },
]

export function ChartGrid({ panels, percentiles, bounds, marks }: Props) {
  const [zoom, setZoom] = useState<Zoom>(null)
  const first = panels[0]
  const shared = { marks, zoom, onZoom: setZoom, syncKey: 'run' }
  return (
    <>
      {zoom && (
        <div className="toolbar">
          <span className="muted">
            {formatClock(zoom[0])} – {formatClock(zoom[1])}
          </span>
          <button
            type="button"
            onClick={() => {
              setZoom(null)
            }}
          >
            Show all
          </button>
        </div>
      )}
      <div className={panels.length > 1 ? 'chart-columns' : 'chart-columns single'}>
        {panels.map((panel) => (
          <section key={panel.id} className="chart-column" aria-label={`Charts of ${panel.title}`}>
            {panels.length > 1 && <h2>{panel.title}</h2>}
            {METRICS.map(({ metric, title, format }) => (
              <MetricChart
                key={metric}
                {...shared}
                panel={panel}
                metric={metric}
                title={title}
                percentiles={percentiles}
                formatValue={format}
              />
            ))}
            {panel.columns.heat.length > 0 && (
              <HeatMap {...shared} title="Latency heat map (ms)" columns={panel.columns} bounds={bounds} />
            )}
            {panel === first && (
              <MetricChart
                {...shared}
                panel={panel}
                metric="users"
                title="Number of users"
                percentiles={percentiles}
                formatValue={formatCount}
              />
            )}
          </section>
        ))}
      </div>
      {marks.length > 0 && <MarkList marks={marks} />}
    </>
  )
}

interface MetricProps {
  panel: Panel
  metric: Metric
  title: string
  percentiles: readonly number[]
  formatValue: (value: number) => string
  marks: readonly Mark[]
  zoom: Zoom
  onZoom: (zoom: Zoom) => void
  syncKey: string
}

function MetricChart({ panel, metric, percentiles, ...chart }: MetricProps) {
  const groups = useMemo(() => {
    const names = percentiles.map(percentileName)
    return [
      { time: panel.columns.time, lines: linesOf(panel.columns, metric, names) },
      ...panel.overlays.map((overlay) => ({
        time: overlay.columns.time.map((time) => time + overlay.shift),
        lines: [overlayLine(overlay, metric, names)],
      })),
    ]
  }, [panel, metric, percentiles])
  return <LineChart {...chart} groups={groups} step={panel.columns.step} />
}

function MarkList({ marks }: { marks: readonly Mark[] }) {
  return (
    <section className="marks" aria-label="What happened">
      <h2>What happened</h2>
      <ol>
        {marks.map((mark, index) => (
          <li key={index} data-kind={mark.kind}>
            <time dateTime={new Date(mark.time * 1000).toISOString()}>{formatClock(mark.time)}</time> {mark.text}
          </li>
        ))}
      </ol>
    </section>
  )
}
