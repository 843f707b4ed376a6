// The nodes that run users.
import { useLive } from '../../api/live'
import type { WorkerRow } from '../../api/types'
import { formatBytes, formatCount } from '../../lib/format'
import { Table, type Column } from '../../ui/Table'
import { useOrder } from '../../ui/useOrder'

const NO_ROWS: readonly WorkerRow[] = []

const COLUMNS: Column<WorkerRow>[] = [
  { key: 'index', title: '#', value: (row) => row.index, isNumber: true },
  { key: 'id', title: 'Worker', value: (row) => row.id, isName: true },
  {
    key: 'state',
    title: 'State',
    value: (row) => row.state,
    cell: (row) => <span className={row.state === 'missing' ? 'bad' : `tone-${row.state}`}>{row.state}</span>,
  },
  {
    key: 'users',
    title: '# Users',
    value: (row) => row.user_count,
    cell: (row) => formatCount(row.user_count),
    isNumber: true,
  },
  {
    key: 'classes',
    title: 'User classes',
    value: (row) =>
      Object.entries(row.users_by_class)
        .map(([name, count]) => `${name} ${String(count)}`)
        .join(', '),
  },
  {
    key: 'cpu',
    title: 'CPU',
    value: (row) => row.cpu_percent,
    cell: (row) => <span className={row.cpu_percent > 90 ? 'bad' : undefined}>{row.cpu_percent.toFixed(0)} %</span>,
    isNumber: true,
  },
  {
    key: 'memory',
    title: 'Memory',
    value: (row) => row.memory_bytes,
    cell: (row) => formatBytes(row.memory_bytes),
    isNumber: true,
  },
]

export function WorkersTab() {
  const rows = useLive((live) => live.workers) ?? NO_ROWS
  const [order, setOrder] = useOrder('wsort', 'index')
  return (
    <section aria-label="Workers">
      <Table
        label="Workers"
        columns={COLUMNS}
        rows={rows}
        rowKey={(row) => row.id}
        order={order}
        onOrder={setOrder}
        empty="No worker is connected. Start one with: locust -f … --worker"
      />
    </section>
  )
}
