// Failed requests by name and error; live and in the report.
import type { ErrorRow } from '../../api/types'
import { formatCount, formatMoment } from '../../lib/format'
import { Table, type Column } from '../../ui/Table'
import { useOrder } from '../../ui/useOrder'

const moment = (at: number | null) => (at === null ? '–' : formatMoment(at))

const COLUMNS: Column<ErrorRow>[] = [
  {
    key: 'occurrences',
    title: '# Failures',
    value: (row) => row.occurrences,
    cell: (row) => formatCount(row.occurrences),
    isNumber: true,
  },
  { key: 'method', title: 'Method', value: (row) => row.method },
  { key: 'name', title: 'Name', value: (row) => row.name, isName: true },
  { key: 'error', title: 'Message', value: (row) => row.error, isLong: true },
  { key: 'first', title: 'First seen', value: (row) => row.first_seen, cell: (row) => moment(row.first_seen) },
  { key: 'last', title: 'Last seen', value: (row) => row.last_seen, cell: (row) => moment(row.last_seen) },
]

export function FailuresTable({ rows }: { rows: readonly ErrorRow[] }) {
  const [order, setOrder] = useOrder('fsort', '-occurrences')
  return (
    <Table
      label="Failures"
      columns={COLUMNS}
      rows={rows}
      rowKey={(row) => row.id}
      order={order}
      onOrder={setOrder}
      empty="No failures."
    />
  )
}
