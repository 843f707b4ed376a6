// Chooses whose charts stand side by side.
import { useDeferredValue, useMemo, useState } from 'react'

import { TOTAL } from '../../api/live'
import type { StatsRow } from '../../api/types'
import { matches } from '../../lib/rows'

interface Props {
  rows: readonly StatsRow[]
  chosen: readonly string[]
  limit: number
  onChosen: (ids: string[]) => void
}

const MOST_SHOWN = 50

export function EndpointPicker({ rows, chosen, limit, onChosen }: Props) {
  const [filter, setFilter] = useState('')
  const wanted = useDeferredValue(filter)
  const found = useMemo(
    () => rows.filter((row) => matches(wanted, row.method, row.name)).slice(0, MOST_SHOWN),
    [rows, wanted],
  )
  const isFull = chosen.length >= limit
  const choice = (id: string, title: string) => (
    <li key={id}>
      <label>
        <input
          type="checkbox"
          checked={chosen.includes(id)}
          disabled={isFull && !chosen.includes(id)}
          onChange={(event) => {
            onChosen(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
          }}
        />
        {title}
      </label>
    </li>
  )
  return (
    <details className="popover">
      <summary>Endpoints ({chosen.length})</summary>
      <div className="card">
        <input
          type="search"
          placeholder="Filter"
          aria-label="Filter endpoints"
          value={filter}
          onChange={(event) => {
            setFilter(event.target.value)
          }}
        />
        <ul>
          {choice(TOTAL, 'All requests')}
          {found.map((row) => choice(row.id, `${row.method} ${row.name}`))}
        </ul>
        {isFull && <p className="note">At most {limit} side by side.</p>}
      </div>
    </details>
  )
}
