import { describe, expect, it } from 'vitest'

import { matches, orderOf, orderText, sortRows } from './rows'

describe('rows of a table', () => {
  it('sort numbers by value, and keep the order of equal ones', () => {
    const rows = [
      { name: 'a', count: 10 },
      { name: 'b', count: 9 },
      { name: 'c', count: 10 },
    ]

    const sorted = sortRows(rows, (row) => row.count, true)

    expect(sorted.map(({ name }) => name)).toEqual(['a', 'c', 'b'])
  })

  it('sort names as people count', () => {
    const sorted = sortRows(['/item/10', '/item/9', '/item/1'], (name) => name, false)

    expect(sorted).toEqual(['/item/1', '/item/9', '/item/10'])
  })

  it('come last without a value, either way', () => {
    expect(sortRows([null, 2, 1], (value) => value, false)).toEqual([1, 2, null])
    expect(sortRows([null, 2, 1], (value) => value, true)).toEqual([2, 1, null])
  })

  it('match when every word is somewhere in them', () => {
    expect(matches('get ITEM', 'GET', '/item/1')).toBe(true)
    expect(matches('post item', 'GET', '/item/1')).toBe(false)
  })

  it('keep their order in an address', () => {
    expect(orderText(orderOf('-requests'))).toBe('-requests')
    expect(orderOf('name')).toEqual({ key: 'name', isFalling: false })
  })
})
