// Exceptions that the locustfile raised, each with its traceback; live and in the report.
import type { ExceptionRow } from '../../api/types'
import { formatCount } from '../../lib/format'

interface Props {
  rows: readonly ExceptionRow[]
  isOpen?: boolean
}

export function ExceptionsList({ rows, isOpen = false }: Props) {
  if (rows.length === 0) return <p className="muted">No exceptions.</p>
  const sorted = [...rows].sort((left, right) => right.count - left.count)
  return (
    <ul className="exceptions">
      {sorted.map((row) => (
        <li key={row.id} className="card">
          <details open={isOpen || sorted.length === 1}>
            <summary>
              <span className="bad">{formatCount(row.count)}×</span> {row.message}
              <span className="muted">{row.nodes.length > 0 && ` on ${row.nodes.join(', ')}`}</span>
            </summary>
            <pre tabIndex={0}>{row.traceback}</pre>
          </details>
        </li>
      ))}
    </ul>
  )
}
