import { describe, expect, it } from 'vitest'

import { hostWarning, sentNumber, sentValue, typedValue, type OptionLike } from './startValues'

const option = (part: Partial<OptionLike>): OptionLike => ({
  name: 'path',
  kind: 'text',
  value: null,
  is_secret: false,
  ...part,
})

describe('the start form', () => {
  it('leaves a secret alone that nobody typed', () => {
    expect(sentValue(option({ is_secret: true }), '')).toBeUndefined()
    expect(sentValue(option({ is_secret: true }), 'new')).toBe('new')
  })

  it('sends numbers as numbers and lists as lists', () => {
    expect(sentValue(option({ kind: 'number' }), '2.5')).toBe(2.5)
    expect(sentValue(option({ kind: 'list' }), 'a, b,,c ')).toEqual(['a', 'b', 'c'])
  })

  it('sends what is no number as typed, for the server to say so', () => {
    expect(sentValue(option({ kind: 'number' }), 'many')).toBe('many')
    expect(sentNumber('')).toBe('')
    expect(sentNumber('12')).toBe(12)
  })

  it('shows values as controls want them', () => {
    expect(typedValue(option({ kind: 'boolean', value: true }))).toBe(true)
    expect(typedValue(option({ kind: 'multiple', value: [1, 2] }))).toEqual(['1', '2'])
    expect(typedValue(option({ kind: 'list', value: ['a', 'b'] }))).toBe('a, b')
    expect(typedValue(option({}))).toBe('')
  })

  it('warns about a host without scheme only', () => {
    expect(hostWarning('example.org')).toMatch(/scheme/)
    expect(hostWarning('https://example.org')).toBeUndefined()
    expect(hostWarning('')).toBeUndefined()
  })
})
