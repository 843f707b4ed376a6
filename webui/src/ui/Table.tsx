// A table that sorts, and shows only the rows in sight: ten thousand cost as much as thirty.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useSyncExternalStore, type ReactNode } from 'react'

import { sortRows, type Order } from '../lib/rows'

export interface Column<Row> {
  key: string
  title: string
  /** What it sorts by. */
  value: (row: Row) => string | number | null
  /** What it shows, the value when left out. */
  cell?: (row: Row) => ReactNode
  /** Numbers stand right and sort falling at first. */
  isNumber?: boolean
  /** The row's name: stays in sight when a narrow window scrolls. */
  isName?: boolean
  /** Text too long for one line wraps. */
  isLong?: boolean
}

interface Props<Row> {
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  order: Order
  onOrder: (order: Order) => void
  /** A last row that sorting leaves alone. */
  footer?: Row | undefined
  empty?: string
  onRow?: ((row: Row) => void) | undefined
}

const ROW_HEIGHT = 34
const VIRTUAL_FROM = 100

const printQuery = () => window.matchMedia('print')

function useIsPrinting(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = printQuery()
      query.addEventListener('change', listener)
      return () => {
        query.removeEventListener('change', listener)
      }
    },
    () => printQuery().matches,
  )
}

export function Table<Row>(props: Props<Row>) {
  const { label, columns, rows, rowKey, order, onOrder, footer, empty, onRow } = props
  const scroller = useRef<HTMLDivElement>(null)
  const isPrinting = useIsPrinting()
  const sorted = useMemo(() => {
    const column = columns.find(({ key }) => key === order.key)
    return column ? sortRows(rows, column.value, order.isFalling) : rows
  }, [rows, columns, order])
  const isVirtual = !isPrinting && sorted.length > VIRTUAL_FROM
  // Rows of long text are as high as they turn out to be.
  const hasLong = columns.some(({ isLong }) => isLong)
  const virtual = useVirtualizer({
    count: isVirtual ? sorted.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  })
  const items = virtual.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = isVirtual ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0
  const shown = isVirtual ? items.map(({ index }) => [index, sorted[index]] as const) : [...sorted.entries()]

  const renderCells = (row: Row) =>
    columns.map((column) => {
      const content = column.cell ? column.cell(row) : column.value(row)
      const className = classOf(column)
      return column.isName ? (
        <th key={column.key} scope="row" className={className} title={String(column.value(row) ?? '')}>
          {onRow ? (
            <button
              type="button"
              className="link"
              onClick={() => {
                onRow(row)
              }}
            >
              {content}
            </button>
          ) : (
            content
          )}
        </th>
      ) : (
        <td key={column.key} className={className}>
          {content}
        </td>
      )
    })

  return (
    <div className="table-scroll" ref={scroller} tabIndex={0} role="group" aria-label={label}>
      <table aria-label={label} aria-rowcount={sorted.length + 1 + (footer ? 1 : 0)}>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell key={column.key} column={column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden="true">
              <td colSpan={columns.length} style={{ height: before, padding: 0, border: 0 }} />
            </tr>
          )}
          {shown.map(
            ([index, row]) =>
              row !== undefined && (
                <tr
                  key={rowKey(row)}
                  aria-rowindex={index + 2}
                  data-index={index}
                  ref={isVirtual && hasLong ? virtual.measureElement : undefined}
                >
                  {renderCells(row)}
                </tr>
              ),
          )}
          {after > 0 && (
            <tr aria-hidden="true">
              <td colSpan={columns.length} style={{ height: after, padding: 0, border: 0 }} />
            </tr>
          )}
          {sorted.length === 0 && (
            <tr>
              <td className="empty" colSpan={columns.length}>
                {empty ?? 'Nothing yet.'}
              </td>
            </tr>
          )}
        </tbody>
        {footer && (
          <tfoot>
            <tr>{renderCells(footer)}</tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

function classOf<Row>(column: Column<Row>): string {
  return [column.isNumber && 'number', column.isName && 'name', column.isLong && 'long'].filter(Boolean).join(' ')
}

interface HeadProps<Row> {
  column: Column<Row>
  order: Order
  onOrder: (order: Order) => void
}

function HeadCell<Row>({ column, order, onOrder }: HeadProps<Row>) {
  const isSorted = order.key === column.key
  const direction = order.isFalling ? 'descending' : 'ascending'
  return (
    <th scope="col" className={classOf(column)} aria-sort={isSorted ? direction : 'none'}>
      <button
        type="button"
        className="sort"
        onClick={() => {
          onOrder({ key: column.key, isFalling: isSorted ? !order.isFalling : Boolean(column.isNumber) })
        }}
      >
        {column.title}
        {isSorted && (
          <span aria-hidden="true" className="arrow">
            {order.isFalling ? '▼' : '▲'}
          </span>
        )}
      </button>
    </th>
  )
}
