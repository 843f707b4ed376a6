// The live charts: of all requests or of chosen endpoints, and with earlier runs behind them.
import { useEffect, useMemo, useState } from 'react'

import { api } from '../../api/client'
import { liveStore, TOTAL, useLive } from '../../api/live'
import type { Mark, RunSummary, SeriesAnswer, StatsRow } from '../../api/types'
import type { Overlay } from '../../lib/chartData'
import { columnsOf } from '../../lib/series'
import { useUrlState } from '../../ui/urlState'
import { ChartGrid, type Panel } from './ChartGrid'
import { EndpointPicker } from './EndpointPicker'

const NO_ROWS: readonly StatsRow[] = []
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
  const [endpointText, setEndpointText] = useUrlState('endpoints', TOTAL)
  const [compareText, setCompareText] = useUrlState('compare', '')
  const endpoints = useMemo(() => listOf(endpointText), [endpointText])
  const compared = useMemo(() => listOf(compareText).map(Number), [compareText])
  const runs = useEarlierRuns(run)
  const answers = useRuns(compared, endpoints)

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
        {runs.length > 0 && (
          <fieldset className="compare">
            <legend>Compare with</legend>
            {runs.map((one) => (
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

/** The runs before the current one. */
function useEarlierRuns(current: number): readonly RunSummary[] {
  const [runs, setRuns] = useState<readonly RunSummary[]>([])
  useEffect(() => {
    let isWanted = current > 1
    if (!isWanted) return
    api.runs().then(
      (all) => {
        if (isWanted) setRuns(all.filter(({ run }) => run < current))
      },
      () => {
        // Without the list there is nothing to compare; the charts stay.
      },
    )
    return () => {
      isWanted = false
    }
  }, [current])
  return runs
}

/** The courses of those runs, which change no more. */
function useRuns(runs: readonly number[], endpoints: readonly string[]): readonly SeriesAnswer[] {
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
