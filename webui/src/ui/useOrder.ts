// The order of a table, kept in the page's address.
import { useMemo } from 'react'

import { orderOf, orderText, type Order } from '../lib/rows'
import { useUrlState } from './urlState'

export function useOrder(key: string, initial: string): [Order, (order: Order) => void] {
  const [text, setText] = useUrlState(key, initial)
  const order = useMemo(() => orderOf(text), [text])
  return [
    order,
    (next) => {
      setText(orderText(next))
    },
  ]
}
