// The course of one endpoint over time, as columns that charts draw.

export type Cell = number | null

/** [index of the latency's bucket, requests a second] */
export type Heat = readonly (readonly [number, number])[]

export interface Columns {
  run: number
  step: number
  time: number[]
  rps: number[]
  failures: number[]
  average: Cell[]
  /** One column for each percentile of the run. */
  percentiles: Cell[][]
  users: number[]
  heat: Heat[]
}

export interface SeriesLike {
  step_s: number
  time: number[]
  rps: number[]
  failures_per_s: number[]
  average_ms: Cell[]
  percentiles_ms: Cell[][]
  users: number[]
  heat: number[][][] | null
}

interface PointLike {
  time: number
  rps: number
  failures_per_s: number
  average_ms: number | null
  percentiles_ms: number[] | null
  users: number
  heat: number[][]
}

export function columnsOf(series: SeriesLike, run: number): Columns {
  return {
    run,
    step: series.step_s,
    time: series.time,
    rps: series.rps,
    failures: series.failures_per_s,
    average: series.average_ms,
    percentiles: series.percentiles_ms,
    users: series.users,
    heat: (series.heat ?? []) as unknown as Heat[],
  }
}

/** Columns with one more point; the same ones when the point is not newer. */
export function addPoint(columns: Columns, point: PointLike): Columns {
  const last = columns.time.at(-1)
  if (last !== undefined && point.time <= last) return columns
  return {
    ...columns,
    time: [...columns.time, point.time],
    rps: [...columns.rps, point.rps],
    failures: [...columns.failures, point.failures_per_s],
    average: [...columns.average, point.average_ms],
    percentiles: columns.percentiles.map((column, index) => [...column, point.percentiles_ms?.[index] ?? null]),
    users: [...columns.users, point.users],
    heat: [...columns.heat, point.heat as unknown as Heat],
  }
}
