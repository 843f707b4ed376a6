// The last log lines of each node.
import { useEffect, useMemo, useRef } from 'react'

import { useLive } from '../../api/live'
import { leveled } from '../../lib/logs'
import { useUrlState } from '../../ui/urlState'

export function LogsTab() {
  const logs = useLive((live) => live.logs)
  const [least, setLeast] = useUrlState('level', 'all')
  const nodes = [...(logs ?? [])]
  return (
    <section aria-label="Logs">
      <div className="toolbar">
        <label>
          Show{' '}
          <select
            className="inline"
            value={least}
            onChange={(event) => {
              setLeast(event.target.value)
            }}
          >
            <option value="all">all lines</option>
            <option value="warning">warnings and errors</option>
            <option value="error">errors</option>
          </select>
        </label>
      </div>
      {nodes.length === 0 && <p className="muted">No log lines yet.</p>}
      {nodes.map(([node, lines], index) => (
        <details key={node} className="card log" open={index === 0}>
          <summary>
            {node} <span className="muted">({lines.length} lines)</span>
          </summary>
          <Lines node={node} lines={lines} least={least} />
        </details>
      ))}
    </section>
  )
}

const SHOWN: Record<string, readonly string[]> = { warning: ['warning', 'error'], error: ['error'] }

interface LinesProps {
  node: string
  lines: readonly string[]
  least: string
}

function Lines({ node, lines, least }: LinesProps) {
  const box = useRef<HTMLPreElement>(null)
  const shown = useMemo(
    () => leveled(lines).filter(([, level]) => SHOWN[least]?.includes(level) ?? true),
    [lines, least],
  )
  // Stays at the end when it was there.
  const wasAtEnd = useRef(true)
  useEffect(() => {
    const element = box.current
    if (element && wasAtEnd.current) element.scrollTop = element.scrollHeight
  }, [shown])
  return (
    <pre
      ref={box}
      tabIndex={0}
      aria-label={`Log of ${node}`}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
        wasAtEnd.current = scrollTop + clientHeight >= scrollHeight - 8
      }}
    >
      {shown.map(([line, level], index) => (
        <div key={index} className={`level-${level}`}>
          {line}
        </div>
      ))}
    </pre>
  )
}
