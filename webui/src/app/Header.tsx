// The run at a glance, and the buttons that steer it.
import { useState } from 'react'

import { api, asApiError } from '../api/client'
import { TOTAL, useLive } from '../api/live'
import type { RunState } from '../api/types'
import { formatCount, formatDuration, formatPercent, formatRate } from '../lib/format'
import { EditForm } from '../features/start/EditForm'
import { ThemeButton } from '../ui/ThemeButton'

interface Props {
  isForm: boolean
  onNew: () => void
}

export function Header({ isForm, onNew }: Props) {
  const state = useLive((live) => live.state)
  const [edits, setEdits] = useState(false)
  const [error, setError] = useState<string>()
  const steer = (action: () => Promise<unknown>) => () => {
    setError(undefined)
    action().catch((reason: unknown) => {
      setError(asApiError(reason).message)
    })
  }
  const isRunning = state !== undefined && ['spawning', 'running'].includes(state.state)
  return (
    <header className="top">
      <div className="bar">
        <a className="brand" href="?" aria-label="Locust">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M3 21h5l3-11 5 15 4-12 2 5h7" />
          </svg>
          <span>Locust</span>
        </a>
        {state && <Facts state={state} />}
        <div className="buttons">
          {isRunning && (
            <>
              {state.shape_class === null && (
                <>
                  <button
                    type="button"
                    aria-expanded={edits}
                    onClick={() => {
                      setEdits(!edits)
                    }}
                  >
                    Edit
                  </button>
                  <button type="button" onClick={steer(state.is_paused ? api.resume : api.pause)}>
                    {state.is_paused ? 'Resume' : 'Pause'}
                  </button>
                </>
              )}
              <button type="button" className="danger" onClick={steer(api.stop)}>
                Stop
              </button>
            </>
          )}
          {state && state.run > 0 && !isForm && (
            <button type="button" onClick={steer(api.reset)}>
              Reset
            </button>
          )}
          {state?.state === 'stopped' && !isForm && (
            <button type="button" className="primary" onClick={onNew}>
              New
            </button>
          )}
          <ThemeButton />
        </div>
      </div>
      {edits && isRunning && (
        <EditForm
          state={state}
          onDone={() => {
            setEdits(false)
          }}
        />
      )}
      {error && (
        <p role="alert" className="note error">
          {error}
        </p>
      )}
    </header>
  )
}

function Facts({ state }: { state: RunState }) {
  const total = useLive((live) => live.total)
  // The state tells the server's time only when it changes; the charts' last point goes on.
  const lastPoint = useLive((live) => live.series.get(TOTAL)?.time.at(-1)) ?? 0
  const rps = total?.current_rps ?? 0
  const ratio = total && total.requests > 0 ? total.failures / total.requests : 0
  const users =
    state.state === 'spawning'
      ? `${formatCount(state.user_count)} of ${formatCount(state.target_user_count)}`
      : formatCount(state.user_count)
  return (
    <dl className="facts">
      <Fact name="Host" value={state.host ?? '–'} isWide />
      <Fact
        name="Status"
        value={state.is_paused ? 'paused' : state.state}
        tone={state.is_paused ? 'paused' : state.state}
      />
      {state.started_at !== null && <Fact name="Time" value={timeOf(state, Math.max(state.time, lastPoint + 1))} />}
      <Fact name="Users" value={users} />
      {state.worker_count !== null && <Fact name="Workers" value={formatCount(state.worker_count)} />}
      <Fact name="RPS" value={formatRate(rps)} />
      <Fact name="Failures" value={formatPercent(ratio)} tone={ratio > 0 ? 'bad' : undefined} />
    </dl>
  )
}

/** How long the run has gone on, and how long it may. */
function timeOf({ started_at: began, stopped_at: stopped, run_time_s: limit }: RunState, now: number): string {
  const passed = formatDuration((stopped ?? now) - (began ?? now))
  return limit === null ? passed : `${passed} of ${formatDuration(limit)}`
}

interface FactProps {
  name: string
  value: string
  tone?: string | undefined
  isWide?: boolean
}

function Fact({ name, value, tone, isWide }: FactProps) {
  return (
    <div className={isWide ? 'fact wide' : 'fact'}>
      <dt>{name}</dt>
      <dd className={tone ? `tone-${tone}` : undefined} title={isWide ? value : undefined}>
        {value}
      </dd>
    </div>
  )
}
