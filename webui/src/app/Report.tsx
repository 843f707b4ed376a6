// The report of a run: everything that the live tabs show, on one page that needs no server.
import { useEffect, useMemo, useState, type ReactNode } from 'react'

import type { ErrorRow, Ratio, StatsRow } from '../api/types'
import { ChartGrid } from '../features/charts/ChartGrid'
import { ExceptionsList } from '../features/exceptions/ExceptionsList'
import { FailuresTable } from '../features/failures/FailuresTable'
import { RatioTree } from '../features/ratio/RatioTree'
import { statisticsColumns } from '../features/statistics/columns'
import { formatCount, formatMoment, formatMs, formatPercent, formatRate } from '../lib/format'
import { courseOf, percentileKeys, percentilesOf, statsRowOf, type ReportArgs } from '../lib/reportData'
import { applyTheme, currentTheme } from '../lib/theme'
import { Table, type Column } from '../ui/Table'
import { ThemeButton } from '../ui/ThemeButton'
import { useOrder } from '../ui/useOrder'

export function Report({ args }: { args: ReportArgs }) {
  const statistics = useMemo(() => statisticsOf(args), [args])
  const failures = useMemo(() => failuresOf(args), [args])
  const course = useMemo(() => courseOf(args), [args])
  const panels = useMemo(
    () => [{ id: 'total', title: 'All requests', columns: course.columns, overlays: [] }],
    [course],
  )
  useLightPaper()
  return (
    <main className="report">
      <ReportHeader args={args} />
      {statistics.total && <Summary total={statistics.total} percentiles={statistics.percentiles} />}
      <Section title="Request statistics">
        <Requests statistics={statistics} />
      </Section>
      <Section title="Response time statistics (ms)">
        <Percentiles rows={args.response_time_statistics} />
      </Section>
      <Section title="Failures">
        <FailuresTable rows={failures} />
      </Section>
      <Section title="Exceptions">
        <ExceptionsList
          rows={args.exceptions_statistics.map((row, index) => ({
            id: String(index),
            count: row.count,
            message: row.msg,
            traceback: row.traceback,
            nodes: row.nodes ? [row.nodes] : [],
          }))}
          isOpen
        />
      </Section>
      <Section title="Charts">
        {course.columns.time.length === 0 ? (
          <p className="muted">The run was too short for charts.</p>
        ) : (
          <ChartGrid panels={panels} percentiles={course.percentiles} bounds={course.bounds} marks={args.marks ?? []} />
        )}
      </Section>
      <Section title="Final ratio">
        <RatioTree ratio={args.tasks as Ratio} />
      </Section>
    </main>
  )
}

/** Dark pages are printed light, their charts too. */
function useLightPaper(): void {
  useEffect(() => {
    let theme = currentTheme()
    const before = () => {
      theme = currentTheme()
      applyTheme('light', false)
    }
    const after = () => {
      applyTheme(theme, false)
    }
    window.addEventListener('beforeprint', before)
    window.addEventListener('afterprint', after)
    return () => {
      window.removeEventListener('beforeprint', before)
      window.removeEventListener('afterprint', after)
    }
  }, [])
}

function statisticsOf(args: ReportArgs) {
  const percentiles = percentilesOf(args.requests_statistics)
  const all: StatsRow[] = args.requests_statistics.map((row) => statsRowOf(row, percentiles))
  // The last one is of all requests.
  return { percentiles, columns: statisticsColumns(percentiles, true), rows: all.slice(0, -1), total: all.at(-1) }
}

function Requests({ statistics }: { statistics: ReturnType<typeof statisticsOf> }) {
  const [order, setOrder] = useOrder('sort', 'name')
  return (
    <Table
      label="Request statistics"
      columns={statistics.columns}
      rows={statistics.rows}
      rowKey={(row) => row.id}
      order={order}
      onOrder={setOrder}
      footer={statistics.total}
      empty="No requests."
    />
  )
}

function failuresOf(args: ReportArgs): ErrorRow[] {
  return args.failures_statistics.map((row, index) => ({
    id: String(index),
    endpoint: '',
    method: row.method,
    name: row.name,
    error: row.error,
    occurrences: row.occurrences,
    first_seen: row.first_seen ?? null,
    last_seen: row.last_seen ?? null,
  }))
}

function ReportHeader({ args }: { args: ReportArgs }) {
  const moment = (text: string) => formatMoment(Date.parse(text) / 1000)
  const facts: [string, string | null][] = [
    ['Target', args.host],
    ['Started', moment(args.start_time)],
    ['Ended', moment(args.end_time)],
    ['Duration', args.duration],
    ['Script', args.locustfile],
    ['Profile', args.profile],
    ['Locust', args.version ?? null],
  ]
  return (
    <header className="report-head">
      <h1>Locust test report</h1>
      <div className="buttons no-print">
        {args.show_download_link && <a href={`?download=1&theme=${currentTheme()}`}>Download the report</a>}
        <button
          type="button"
          onClick={() => {
            window.print()
          }}
        >
          Print
        </button>
        <ThemeButton />
      </div>
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name} className="fact">
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </header>
  )
}

function Summary({ total, percentiles }: { total: StatsRow; percentiles: readonly number[] }) {
  const last = total.percentiles_ms.length - 1
  const tiles: [string, string][] = [
    ['Requests', formatCount(total.requests)],
    ['Failures', `${formatCount(total.failures)} (${formatPercent(total.failures / Math.max(1, total.requests))})`],
    ['Requests/s', formatRate(total.total_rps)],
    ['Median', `${formatMs(total.percentiles_ms[0])} ms`],
    [`${String((percentiles[last] ?? 0) * 100)}%ile`, `${formatMs(total.percentiles_ms[last])} ms`],
  ]
  return (
    <dl className="tiles">
      {tiles.map(([name, value]) => (
        <div key={name} className="card">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="report-section">
      <h2>{title}</h2>
      {children}
    </section>
  )
}

type PercentileRow = Readonly<Record<string, string | number>>

function Percentiles({ rows }: { rows: readonly PercentileRow[] }) {
  const [order, setOrder] = useState({ key: 'name', isFalling: false })
  const columns = useMemo<Column<PercentileRow>[]>(
    () => [
      { key: 'method', title: 'Type', value: (row) => row['method'] ?? '' },
      { key: 'name', title: 'Name', value: (row) => row['name'] ?? '', isName: true },
      ...percentileKeys(rows).map((key) => ({
        key,
        title: `${String(Number((Number(key) * 100).toFixed(3)))}%ile`,
        value: (row: PercentileRow) => Number(row[key]),
        cell: (row: PercentileRow) => formatMs(Number(row[key])),
        isNumber: true,
      })),
    ],
    [rows],
  )
  return (
    <Table
      label="Response time statistics"
      columns={columns}
      rows={rows.slice(0, -1)}
      rowKey={(row) => `${String(row['method'])} ${String(row['name'])}`}
      order={order}
      onOrder={setOrder}
      footer={rows.at(-1)}
      empty="No requests."
    />
  )
}
