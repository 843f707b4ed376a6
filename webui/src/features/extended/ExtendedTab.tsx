// A tab that a plugin has added: a table whose rows come with the statistics.
import { useMemo } from 'react'

import type { ExtendedTable } from '../../api/bootstrap'
import { useLive } from '../../api/live'
import { Table, type Column } from '../../ui/Table'
import { useOrder } from '../../ui/useOrder'

type Row = Readonly<Record<string, unknown>>

interface Props {
  tabKey: string
  title: string
  tables: readonly ExtendedTable[]
}

export function ExtendedTab({ tabKey, title, tables }: Props) {
  const stats = useLive((live) => live.extendedStats)
  const own = tables.filter(({ key }) => key === tabKey)
  return (
    <section aria-label={title}>
      {own.length === 0 && <p className="muted">This tab has no table.</p>}
      {own.map((table) => (
        <PluginTable
          key={table.key}
          title={title}
          structure={table.structure}
          rows={stats?.find(({ key }) => key === table.key)?.data ?? NO_ROWS}
        />
      ))}
    </section>
  )
}

const NO_ROWS: readonly Row[] = []

function plain(value: unknown): string | number | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' || typeof value === 'string') return value
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

interface PluginProps {
  title: string
  structure: ExtendedTable['structure']
  rows: readonly Row[]
}

function PluginTable({ title, structure, rows }: PluginProps) {
  const [order, setOrder] = useOrder('xsort', structure[0]?.key ?? '')
  const columns = useMemo<Column<readonly [number, Row]>[]>(
    () =>
      structure.map(({ key, title: heading }, index) => ({
        key,
        title: heading,
        value: ([, row]) => plain(row[key]),
        isName: index === 0,
      })),
    [structure],
  )
  const numbered = useMemo(() => [...rows.entries()], [rows])
  return (
    <Table
      label={title}
      columns={columns}
      rows={numbered}
      rowKey={([index]) => String(index)}
      order={order}
      onOrder={setOrder}
    />
  )
}
