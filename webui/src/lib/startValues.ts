// What is typed into the start form, and the request it makes.

export interface OptionLike {
  name: string
  kind: 'text' | 'number' | 'boolean' | 'choice' | 'multiple' | 'list'
  value: string | number | boolean | (string | number)[] | null
  is_secret: boolean
}

export type OptionValue = string | boolean | string[]

/** As the control shows it. */
export function typedValue(option: OptionLike): OptionValue {
  const { value } = option
  if (option.kind === 'boolean') return value === true
  if (option.kind === 'multiple') return Array.isArray(value) ? value.map(String) : []
  if (Array.isArray(value)) return value.join(', ')
  return value === null ? '' : String(value)
}

/** As the request has it; undefined: leave it as it is. */
export function sentValue(option: OptionLike, typed: OptionValue): unknown {
  if (option.is_secret && typed === '') return undefined
  if (option.kind === 'number' && typeof typed === 'string') {
    if (typed.trim() === '') return null
    const number = Number(typed)
    // Not a number: sent as typed, so that the server says what it wants.
    return Number.isNaN(number) ? typed : number
  }
  if (option.kind === 'list' && typeof typed === 'string') {
    return typed
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean)
  }
  return typed
}

/** A number as typed; text that is none goes as it is, for the server to say what it wants. */
export function sentNumber(typed: string): number {
  const number = Number(typed.trim() || Number.NaN)
  return Number.isNaN(number) ? (typed as unknown as number) : number
}

export function hostWarning(host: string): string | undefined {
  if (host.trim() === '' || /^https?:\/\/[^\s/]+/.test(host.trim())) return undefined
  return 'That does not look like a URL with its scheme, as in https://example.org'
}
