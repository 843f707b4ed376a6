import { describe, expect, it } from 'vitest'

import { bucketEdges, linesOf, overlayLine, thinHeat, usedBuckets } from './chartData'
import { addPoint, columnsOf, type Columns } from './series'

const columns = (part: Partial<Columns> = {}): Columns => ({
  run: 1,
  step: 1,
  time: [10, 11],
  rps: [5, 6],
  failures: [0, 1],
  average: [1, 2],
  percentiles: [
    [1, 2],
    [3, 4],
  ],
  users: [1, 1],
  heat: [[[3, 5]], [[4, 6]]],
  ...part,
})

describe('a chart', () => {
  it('draws each percentile, or the average when there is none', () => {
    expect(linesOf(columns(), 'latency', ['Median', '95%ile']).map(({ label }) => label)).toEqual(['Median', '95%ile'])
    expect(linesOf(columns({ percentiles: [] }), 'latency', []).map(({ label }) => label)).toEqual(['Average'])
  })

  it('overlays the highest percentile of another run', () => {
    const line = overlayLine({ label: 'Run 1', columns: columns(), shift: 100 }, 'latency', ['Median', '95%ile'])

    expect(line).toEqual({ label: 'Run 1: 95%ile', values: [3, 4], colour: 4, isDashed: true })
  })
})

describe('the heat map', () => {
  it('averages the rates of neighbours when there are more columns than wanted', () => {
    const thin = thinHeat([10, 11, 12, 13], [[[1, 4]], [[1, 2]], [], [[2, 8]]], 1, 2)

    expect(thin.step).toBe(2)
    expect(thin.time).toEqual([10, 12])
    expect(thin.heat.map((cells) => [...cells])).toEqual([[[1, 3]], [[2, 4]]])
  })

  it('counts points for as long as they stand', () => {
    const thin = thinHeat([10, 12, 13], [[[1, 4]], [[1, 4]], [[1, 2]]], 2, 600)

    expect(thin.time).toEqual([10, 12])
    expect(thin.heat.map((cells) => [...cells])).toEqual([[[1, 4]], [[1, 4]]])
  })

  it('shows the buckets in use', () => {
    expect(usedBuckets([new Map([[3, 1]]), new Map([[7, 1]])])).toEqual([3, 7])
    expect(usedBuckets([new Map()])).toBeUndefined()
  })

  it('gives the first and the last bucket edges that a logarithmic axis can draw', () => {
    const bounds = [0, 1, 10, 100]

    expect(bucketEdges(bounds, 0)).toEqual([0.1, 1])
    expect(bucketEdges(bounds, 1)).toEqual([1, 10])
    expect(bucketEdges(bounds, 3)).toEqual([100, 1000])
  })
})

describe('a series', () => {
  const point = {
    time: 12,
    rps: 7,
    failures_per_s: 0,
    average_ms: null,
    percentiles_ms: null,
    users: 2,
    heat: [],
  }

  it('grows by a point, with gaps where nothing was measured', () => {
    const grown = addPoint(columns(), point)

    expect(grown.time).toEqual([10, 11, 12])
    expect(grown.percentiles).toEqual([
      [1, 2, null],
      [3, 4, null],
    ])
    expect(grown.heat.at(-1)).toEqual([])
  })

  it('ignores a point it has', () => {
    const before = columns()

    expect(addPoint(before, { ...point, time: 11 })).toBe(before)
  })

  it('may come without heat', () => {
    const made = columnsOf(
      {
        step_s: 5,
        time: [1],
        rps: [1],
        failures_per_s: [0],
        average_ms: [1],
        percentiles_ms: [[1]],
        users: [1],
        heat: null,
      },
      3,
    )

    expect([made.run, made.step, made.heat]).toEqual([3, 5, []])
  })
})
