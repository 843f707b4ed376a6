// The columns of the statistics' table, the same live and in the report.
import type { StatsRow } from '../../api/types'
import { formatBytes, formatCount, formatMs, formatPercent, formatRate, percentileName } from '../../lib/format'
import type { Column } from '../../ui/Table'

export function statisticsColumns(percentiles: readonly number[], isOver = false): Column<StatsRow>[] {
  const number = (key: string, title: string, value: (row: StatsRow) => number, format: (value: number) => string) => ({
    key,
    title,
    value,
    cell: (row: StatsRow) => format(value(row)),
    isNumber: true,
  })
  return [
    { key: 'method', title: 'Type', value: (row) => row.method },
    { key: 'name', title: 'Name', value: (row) => row.name, isName: true },
    number('requests', '# Requests', (row) => row.requests, formatCount),
    {
      key: 'failures',
      title: '# Fails',
      value: (row) => row.failures,
      cell: (row) =>
        row.failures === 0 ? (
          '0'
        ) : (
          <span className="bad" title={`${formatPercent(row.failures / Math.max(row.requests, 1))} of the requests`}>
            {formatCount(row.failures)}
          </span>
        ),
      isNumber: true,
    },
    ...percentiles.map((percentile, index) =>
      number(
        `p${String(percentile)}`,
        `${percentileName(percentile)} (ms)`,
        (row) => row.percentiles_ms[index] ?? 0,
        formatMs,
      ),
    ),
    number('average', 'Average (ms)', (row) => row.average_ms, formatMs),
    number('min', 'Min (ms)', (row) => row.min_ms, formatMs),
    number('max', 'Max (ms)', (row) => row.max_ms, formatMs),
    number('bytes', 'Average size', (row) => row.average_bytes, formatBytes),
    isOver
      ? number('rps', 'RPS', (row) => row.total_rps, formatRate)
      : number('rps', 'Current RPS', (row) => row.current_rps, formatRate),
    isOver
      ? number('failrate', 'Failures/s', (row) => row.total_failures_per_s, formatRate)
      : number('failrate', 'Current Failures/s', (row) => row.current_failures_per_s, formatRate),
  ]
}
