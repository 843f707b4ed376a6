// The runs of this session beside each other, in numbers.
import type { RunSummary } from '../../api/types'
import { formatCount, formatDuration, formatMoment, formatPercent } from '../../lib/format'
import { Table, type Column } from '../../ui/Table'
import { useOrder } from '../../ui/useOrder'

const COLUMNS: Column<RunSummary>[] = [
  { key: 'run', title: 'Run', value: ({ run }) => run, isNumber: true },
  { key: 'profile', title: 'Profile', value: ({ profile }) => profile },
  { key: 'host', title: 'Host', value: ({ host }) => host, isName: true },
  {
    key: 'started',
    title: 'Started',
    value: ({ started_at }) => started_at,
    cell: ({ started_at }) => (started_at === null ? '–' : formatMoment(started_at)),
  },
  {
    key: 'duration',
    title: 'Duration',
    value: durationOf,
    cell: (run) => {
      const duration = durationOf(run)
      return duration === null ? 'goes on' : formatDuration(duration)
    },
  },
  {
    key: 'users',
    title: 'Most users',
    value: ({ user_count }) => user_count,
    cell: ({ user_count }) => formatCount(user_count),
    isNumber: true,
  },
  {
    key: 'requests',
    title: '# Requests',
    value: ({ requests }) => requests,
    cell: ({ requests }) => formatCount(requests),
    isNumber: true,
  },
  {
    key: 'failures',
    title: 'Failures',
    value: ({ failures, requests }) => failures / Math.max(1, requests),
    cell: ({ failures, requests }) => formatPercent(failures / Math.max(1, requests)),
    isNumber: true,
  },
]

function durationOf({ started_at: began, stopped_at: stopped }: RunSummary): number | null {
  return began === null || stopped === null ? null : stopped - began
}

export function RunsTable({ runs }: { runs: readonly RunSummary[] }) {
  const [order, setOrder] = useOrder('rsort', 'run')
  return (
    <section className="marks" aria-label="Runs of this session">
      <h2>Runs of this session</h2>
      <Table
        label="Runs of this session"
        columns={COLUMNS}
        rows={runs}
        rowKey={({ run }) => String(run)}
        order={order}
        onOrder={setOrder}
      />
    </section>
  )
}
