// Sorting and filtering rows of tables.

export interface Order {
  key: string
  isFalling: boolean
}

const collator = new Intl.Collator('en', { numeric: true })

/** A sorted copy. Equal rows keep their places, rows without a value come last either way. */
export function sortRows<Row>(
  rows: readonly Row[],
  value: (row: Row) => string | number | null,
  isFalling: boolean,
): readonly Row[] {
  const sign = isFalling ? -1 : 1
  return rows
    .map((row) => [value(row), row] as const)
    .sort(([left], [right]) => {
      if (left === null || right === null) return Number(left === null) - Number(right === null)
      if (typeof left === 'number' && typeof right === 'number') return sign * (left - right)
      return sign * collator.compare(String(left), String(right))
    })
    .map(([, row]) => row)
}

/** Whether every word of the filter is in one of the texts. */
export function matches(filter: string, ...texts: string[]): boolean {
  const text = texts.join(' ').toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** "-requests" ↔ falling by requests, as it stands in the address. */
export const orderOf = (text: string): Order =>
  text.startsWith('-') ? { key: text.slice(1), isFalling: true } : { key: text, isFalling: false }

export const orderText = (order: Order) => (order.isFalling ? `-${order.key}` : order.key)
