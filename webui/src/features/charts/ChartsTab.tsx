// The live charts: of all requests or of chosen endpoints, and with earlier runs behind them.
import { useEffect, useMemo, useState } from 'react'

import { api } from '../../api/client'
import { liveStore, TOTAL, useLive } from '../../api/live'
import type { Mark, RunSummary, SeriesAnswer, StatsRow } from '../../api/types'
import type { Overlay } from '../../lib/chartData'
import { columnsOf } from '../../lib/series'
import { useFetched } from '../../ui/useFetched'
import { useUrlState } from '../../ui/urlState'
import { ChartGrid, type Panel } from './ChartGrid'
import { EndpointPicker } from './EndpointPicker'
import { RunsTable } from './RunsTable'

const NO_ROWS: readonly StatsRow[] = []
const NO_RUNS: readonly RunSummary[] = []
const NO_MARKS: readonly Mark[] = []
const MOST_ENDPOINTS = 4

const listOf = (text: string) => text.split(',').filter(Boolean)

export function ChartsTab() {
  const rows = useLive((live) => live.rows) ?? NO_ROWS
  const series = useLive((live) => live.series)
  const marks = useLive((live) => live.marks) ?? NO_MARKS
  const percentiles = useLive((live) => live.percentiles) ?? []
  const bounds = useLive((live) => live.latencyBounds) ?? []
  const run = useLive((live) => live.state.run) ?? 0
  const startedAt = useLive((live) => live.state.started_at) ?? 0
  const total = useLive((live) => live.total)
  const counts = total && { requests: total.requests, failures: total.failures }
  const [endpointText, setEndpointText] = useUrlState('endpoints', TOTAL)
  const [compareText, setCompareText] = useUrlState('compare', '')
  const endpoints = useMemo(() => listOf(endpointText), [endpointText])
  const compared = useMemo(() => listOf(compareText).map(Number), [compareText])
  const state = useLive((live) => live.state.state)
  const runs = useRunList(run, state)
  const earlier = runs.filter((one) => one.run < run)
  const answers = useCourses(compared, endpoints)

  useEffect(() => {
    liveStore.follow(endpoints)
  }, [endpoints])

  const panels = useMemo<Panel[]>(() => {
    const titles = new Map(rows.map((row) => [row.id, `${row.method} ${row.name}`.trim()]))
    return endpoints.flatMap((id) => {
      const columns = series?.get(id)
      if (!columns) return []
      return [
        {
          id,
          title: id === TOTAL ? 'All requests' : (titles.get(id) ?? id),
          columns,
          overlays: overlaysOf(id, answers, startedAt),
        },
      ]
    })
  }, [endpoints, series, rows, answers, startedAt])

  return (
    <section aria-label="Charts">
      <div className="toolbar">
        <EndpointPicker
          rows={rows}
          chosen={endpoints}
          limit={MOST_ENDPOINTS}
          onChosen={(ids) => {
            setEndpointText(ids.join(',') || TOTAL)
          }}
        />
        {earlier.length > 0 && (
          <fieldset className="compare">
            <legend>Compare with</legend>
            {earlier.map((one) => (
              <label key={one.run}>
                <input
                  type="checkbox"
                  checked={compared.includes(one.run)}
                  onChange={(event) => {
                    const next = event.target.checked
                      ? [...compared, one.run]
                      : compared.filter((number) => number !== one.run)
                    setCompareText(next.join(','))
                  }}
                />
                Run {one.run}
                {one.profile && ` (${one.profile})`}
              </label>
            ))}
          </fieldset>
        )}
      </div>
      {panels.length === 0 ? (
        <p className="muted">No points yet: charts begin with the run.</p>
      ) : (
        <ChartGrid panels={panels} percentiles={percentiles} bounds={bounds} marks={marks} />
      )}
      {earlier.length > 0 && <RunsTable runs={runs.map((one) => (one.run === run ? { ...one, ...counts } : one))} />}
    </section>
  )
}

function overlaysOf(endpoint: string, answers: readonly SeriesAnswer[], startedAt: number): Overlay[] {
  return answers.flatMap((answer) => {
    const found = answer.series.find((one) => one.endpoint === endpoint)
    if (!found || found.time.length === 0) return []
    const { run, started_at: began } = answer.run
    return [
      {
        label: `Run ${String(run)}`,
        columns: columnsOf(found, run),
        shift: Math.round(startedAt - (began ?? found.time[0] ?? 0)),
      },
    ]
  })
}

/** All runs, asked for anew when one begins or ends. */
function useRunList(current: number, state: string | undefined): readonly RunSummary[] {
  const [runs] = useFetched(api.runs, `${String(current)} ${String(state)}`)
  return runs ?? NO_RUNS
}

/** The courses of those runs, which change no more. */
function useCourses(runs: readonly number[], endpoints: readonly string[]): readonly SeriesAnswer[] {
  const [answers, setAnswers] = useState<readonly SeriesAnswer[]>([])
  useEffect(() => {
    let isWanted = true
    Promise.all(runs.map((run) => api.series(endpoints, run))).then(
      (all) => {
        if (isWanted) setAnswers(all)
      },
      () => {
        if (isWanted) setAnswers([])
      },
    )
    return () => {
      isWanted = false
    }
  }, [runs, endpoints])
  return answers
}
