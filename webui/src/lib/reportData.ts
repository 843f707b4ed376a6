// The report's data as upstream names them, made into what tables and charts show.
import type { Mark } from './chartData'
import { columnsOf, type Cell, type Columns, type SeriesLike } from './series'

/** A row of `requests_statistics`; its percentiles are keys of their own. */
export interface UpstreamRow {
  method: string
  name: string
  num_requests: number
  num_failures: number
  avg_response_time: number
  min_response_time: number
  max_response_time: number
  median_response_time: number
  avg_content_length: number
  current_rps: number
  current_fail_per_sec: number
  total_rps: number
  total_fail_per_sec: number
  [percentile: string]: string | number
}

type Moment = [at: string, value: number]

export interface RatioNodeLike {
  ratio: number
  tasks?: Record<string, RatioNodeLike>
}

export interface ReportArgs {
  requests_statistics: UpstreamRow[]
  response_time_statistics: Record<string, string | number>[]
  failures_statistics: {
    method: string
    name: string
    error: string
    occurrences: number
    first_seen?: number | null
    last_seen?: number | null
  }[]
  exceptions_statistics: { count: number; msg: string; traceback: string; nodes: string }[]
  history: Record<string, Moment | string>[]
  percentiles_to_chart: number[]
  tasks: { per_class: Record<string, RatioNodeLike>; total: Record<string, RatioNodeLike> }
  start_time: string
  end_time: string
  duration: string
  host: string
  locustfile: string | null
  profile: string | null
  show_download_link: boolean
  theme?: string
  version?: string
  marks?: Mark[]
  /** The run second by second, when it was followed; otherwise `history` has it. */
  series?: { percentiles: number[]; latency_bounds_ms: number[]; total: SeriesLike } | null
}

const PERCENTILE = 'response_time_percentile_'

/** The percentiles that the rows have, the median first. */
export function percentilesOf(rows: readonly UpstreamRow[]): number[] {
  const keys = Object.keys(rows[0] ?? {}).filter((key) => key.startsWith(PERCENTILE))
  return [0.5, ...keys.map((key) => Number(key.slice(PERCENTILE.length)))]
}

/** A row as the live table has it. */
export function statsRowOf(row: UpstreamRow, percentiles: readonly number[]) {
  return {
    id: `${row.method} ${row.name}`,
    method: row.method,
    name: row.name,
    requests: row.num_requests,
    failures: row.num_failures,
    average_ms: row.avg_response_time,
    min_ms: row.min_response_time,
    max_ms: row.max_response_time,
    percentiles_ms: percentiles.map((percentile) =>
      percentile === 0.5 ? row.median_response_time : Number(row[keyOf(row, percentile)] ?? 0),
    ),
    average_bytes: row.avg_content_length,
    current_rps: row.current_rps,
    current_failures_per_s: row.current_fail_per_sec,
    total_rps: row.total_rps,
    total_failures_per_s: row.total_fail_per_sec,
  }
}

/** Python writes 1.0 where JavaScript writes 1. */
function keyOf(row: object, percentile: number): string {
  const plain = `${PERCENTILE}${String(percentile)}`
  return plain in row ? plain : `${plain}.0`
}

/** The course of the run: second by second, or every few seconds from the history. */
export function courseOf(args: ReportArgs): { percentiles: number[]; bounds: number[]; columns: Columns } {
  if (args.series) {
    const { percentiles, latency_bounds_ms: bounds, total } = args.series
    return { percentiles, bounds, columns: columnsOf(total, 1) }
  }
  const value = (key: string) =>
    args.history.map((point): Cell => {
      const moment = point[key]
      return Array.isArray(moment) ? moment[1] : null
    })
  const time = args.history.map((point) => Date.parse(String(point['time'])) / 1000)
  const number = (key: string) => value(key).map((cell) => cell ?? 0)
  return {
    percentiles: args.percentiles_to_chart,
    bounds: [],
    columns: {
      run: 1,
      step: 5,
      time,
      rps: number('current_rps'),
      failures: number('current_fail_per_sec'),
      average: value('total_avg_response_time'),
      percentiles: args.percentiles_to_chart.map((percentile) =>
        value(args.history[0] ? keyOf(args.history[0], percentile) : ''),
      ),
      users: number('user_count'),
      heat: [],
    },
  }
}

/** The columns of the table of percentiles: what the rows have besides their name, rising. */
export function percentileKeys(rows: readonly Record<string, string | number>[]): string[] {
  return Object.keys(rows[0] ?? {})
    .filter((key) => !Number.isNaN(Number(key)))
    .sort((left, right) => Number(left) - Number(right))
}
