import { describe, expect, it } from 'vitest'

import { formatBytes, formatDuration, formatMs, formatPercent, formatRate, percentileName } from './format'

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.4321, '0.43'],
    [9.96, '10'],
    [12.6, '13'],
    [12345, '12,345'],
    [null, '–'],
  ])('%s ms reads %s', (value, text) => {
    expect(formatMs(value)).toBe(text)
  })

  it('have the unit that suits their size', () => {
    expect([0, 999, 1234, 250_000, 1.5e9].map(formatBytes)).toEqual(['0 B', '999 B', '1.2 KB', '250 KB', '1.5 GB'])
  })

  it('read as rates and shares', () => {
    expect([0, 12.34, 1234.5].map(formatRate)).toEqual(['0.0', '12.3', '1,235'])
    expect([0, 0.00001, 0.005, 0.5].map(formatPercent)).toEqual(['0 %', '<0.1 %', '0.5 %', '50 %'])
  })

  it('name percentiles without noise of floats', () => {
    expect([0.5, 0.95, 0.999, 0.29].map(percentileName)).toEqual(['Median', '95%ile', '99.9%ile', '29%ile'])
  })

  it('read as durations', () => {
    expect([0, 59.6, 3725].map(formatDuration)).toEqual(['0 s', '1 min', '1 h 2 min 5 s'])
  })
})
