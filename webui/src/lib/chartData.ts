// Columns of series made ready to draw: put side by side on one time axis, and thinned where a pixel has several.
import type { Cell, Columns, Heat } from './series'

/** One line of a chart. */
export interface Line {
  label: string
  values: readonly Cell[]
  /** Index into the palette. */
  colour: number
  isDashed?: boolean
  isFilled?: boolean
}

export interface Mark {
  time: number
  kind: string
  text: string
}

/** Another run, moved so that both begin at the same place. */
export interface Overlay {
  label: string
  columns: Columns
  shift: number
}

export type Metric = 'throughput' | 'latency' | 'users'

/** The lines that show one metric of one endpoint. */
export function linesOf(columns: Columns, metric: Metric, percentileNames: readonly string[]): Line[] {
  if (metric === 'throughput') {
    return [
      { label: 'Requests/s', values: columns.rps, colour: 0, isFilled: true },
      { label: 'Failures/s', values: columns.failures, colour: 1 },
    ]
  }
  if (metric === 'users') return [{ label: 'Users', values: columns.users, colour: 2, isFilled: true }]
  const lines: Line[] = columns.percentiles.map((values, index) => ({
    label: percentileNames[index] ?? '',
    values,
    colour: 3 + index,
  }))
  // A run whose percentiles nobody has still has an average.
  return lines.length > 0 ? lines : [{ label: 'Average', values: columns.average, colour: 3 }]
}

/** What an overlay shows of that metric: one line, the one that tells most. */
export function overlayLine(overlay: Overlay, metric: Metric, percentileNames: readonly string[]): Line {
  const lines = linesOf(overlay.columns, metric, percentileNames)
  const line = metric === 'latency' ? lines.at(-1) : lines[0]
  return {
    label: `${overlay.label}: ${line?.label ?? ''}`,
    values: line?.values ?? [],
    colour: line?.colour ?? 0,
    isDashed: true,
  }
}

/**
 * Columns thinned to at most `limit`: rates of neighbours averaged. Gives start times, the step and the heat of each.
 * Points may stand for less than `step`: those that came since the series was asked for.
 */
export function thinHeat(
  time: readonly number[],
  heat: readonly Heat[],
  step: number,
  limit: number,
): { time: number[]; heat: Map<number, number>[]; step: number } {
  const factor = Math.max(1, Math.ceil(time.length / limit))
  const wide = step * factor
  const thinTime: number[] = []
  const thin: Map<number, number>[] = []
  for (const [index, at] of time.entries()) {
    const start = Math.floor(at / wide) * wide
    if (thinTime.at(-1) !== start) {
      thinTime.push(start)
      thin.push(new Map())
    }
    const cells = thin.at(-1)
    const share = Math.min(step, (time[index + 1] ?? at + step) - at) / wide
    for (const [bucket, rate] of heat[index] ?? []) cells?.set(bucket, (cells.get(bucket) ?? 0) + rate * share)
  }
  return { time: thinTime, heat: thin, step: wide }
}

/** Lowest and highest bucket in use; undefined when none is. */
export function usedBuckets(heat: readonly ReadonlyMap<number, number>[]): [number, number] | undefined {
  let low = Infinity
  let high = -Infinity
  for (const cells of heat) {
    for (const bucket of cells.keys()) {
      low = Math.min(low, bucket)
      high = Math.max(high, bucket)
    }
  }
  return low === Infinity ? undefined : [low, high]
}

/** How a bucket's edges read: its lower and its upper bound. The first begins at 0, the last has no end. */
export function bucketEdges(bounds: readonly number[], bucket: number): [number, number] {
  const factor = bounds.length > 2 ? (bounds[2] ?? 1) / (bounds[1] ?? 1) : 1.122
  const lower = bounds[bucket] ?? 0
  const upper = bounds[bucket + 1] ?? lower * factor
  // A logarithmic axis has no zero.
  return [lower > 0 ? lower : upper / factor, upper]
}
