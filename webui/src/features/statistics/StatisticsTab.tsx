// The table of all requests.
import { useDeferredValue, useMemo } from 'react'

import { useLive } from '../../api/live'
import type { StatsRow } from '../../api/types'
import { matches } from '../../lib/rows'
import { formatCount } from '../../lib/format'
import { Table } from '../../ui/Table'
import { useOrder } from '../../ui/useOrder'
import { useUrlState } from '../../ui/urlState'
import { ColumnPicker } from './ColumnPicker'
import { statisticsColumns } from './columns'

const NO_ROWS: readonly StatsRow[] = []

export function StatisticsTab({ onEndpoint }: { onEndpoint: (id: string) => void }) {
  const rows = useLive((live) => live.rows) ?? NO_ROWS
  const total = useLive((live) => live.total)
  const percentiles = useLive((live) => live.percentiles)
  const [filter, setFilter] = useUrlState('filter', '')
  const [order, setOrder] = useOrder('sort', 'name')
  const [hiddenText, setHidden] = useUrlState('hide', '')
  const hidden = useMemo(() => hiddenText.split(',').filter(Boolean), [hiddenText])
  const columns = useMemo(() => statisticsColumns(percentiles ?? []), [percentiles])
  const shownColumns = useMemo(() => columns.filter(({ key }) => !hidden.includes(key)), [columns, hidden])
  const wanted = useDeferredValue(filter)
  const shown = useMemo(
    () => (wanted ? rows.filter((row) => matches(wanted, row.method, row.name)) : rows),
    [rows, wanted],
  )
  return (
    <section aria-label="Statistics">
      <div className="toolbar">
        <input
          type="search"
          placeholder="Filter by name or type"
          aria-label="Filter by name or type"
          value={filter}
          onChange={(event) => {
            setFilter(event.target.value)
          }}
        />
        <span className="muted" role="status">
          {shown.length === rows.length
            ? `${formatCount(rows.length)} names`
            : `${formatCount(shown.length)} of ${formatCount(rows.length)} names`}
        </span>
        <ColumnPicker
          // A table without names is none.
          columns={columns.filter(({ isName }) => !isName)}
          hidden={hidden}
          onHidden={(keys) => {
            setHidden(keys.join(','))
          }}
        />
      </div>
      <Table
        label="Request statistics"
        columns={shownColumns}
        rows={shown}
        rowKey={(row) => row.id}
        order={order}
        onOrder={setOrder}
        footer={total}
        empty={filter ? 'No name matches the filter.' : 'No requests yet.'}
        onRow={(row) => {
          onEndpoint(row.id)
        }}
      />
    </section>
  )
}
