import { expect, it } from 'vitest'

import { courseOf, percentileKeys, percentilesOf, statsRowOf, type ReportArgs, type UpstreamRow } from './reportData'

const ROW: UpstreamRow = {
  method: 'GET',
  name: '/',
  num_requests: 10,
  num_failures: 1,
  avg_response_time: 5,
  min_response_time: 1,
  max_response_time: 9,
  median_response_time: 4,
  avg_content_length: 100,
  current_rps: 1,
  current_fail_per_sec: 0,
  total_rps: 2,
  total_fail_per_sec: 0.1,
  'response_time_percentile_0.95': 8,
  'response_time_percentile_1.0': 9,
}

const args = (part: Partial<ReportArgs>) => part as ReportArgs

it('a row has its percentiles in order, whatever they are', () => {
  const percentiles = percentilesOf([ROW])

  expect(percentiles).toEqual([0.5, 0.95, 1])
  expect(statsRowOf(ROW, percentiles).percentiles_ms).toEqual([4, 8, 9])
})

it("without rows there is still the median's column", () => {
  expect(percentilesOf([])).toEqual([0.5])
})

it('the history becomes columns, in epoch seconds', () => {
  const at = '2026-01-01T00:00:05Z'
  const point = {
    time: at,
    current_rps: [at, 3] as [string, number],
    current_fail_per_sec: [at, 0] as [string, number],
    'response_time_percentile_0.5': [at, 7] as [string, number],
    total_avg_response_time: [at, 8] as [string, number],
    user_count: [at, 2] as [string, number],
  }

  const { columns, percentiles } = courseOf(args({ history: [point], percentiles_to_chart: [0.5] }))

  expect(percentiles).toEqual([0.5])
  expect(columns.time).toEqual([1767225605])
  expect([columns.rps, columns.percentiles, columns.average, columns.users]).toEqual([[3], [[7]], [8], [2]])
})

it('columns of percentiles rise, and leave out the name', () => {
  expect(percentileKeys([{ method: 'GET', name: '/', '1.0': 3, '0.5': 1, '0.95': 2 }])).toEqual(['0.5', '0.95', '1.0'])
})
