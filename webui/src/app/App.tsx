// The frame around everything: the run's state on top, the tabs below, or the start form.
import type { TemplateArgs } from '../api/bootstrap'
import { useConnection, useLive } from '../api/live'
import { StartForm } from '../features/start/StartForm'
import { formatBytes } from '../lib/format'
import { useUrlState } from '../ui/urlState'
import { Header } from './Header'
import { Notices } from './Notices'
import { RunTabs } from './RunTabs'

export function App({ args }: { args: TemplateArgs }) {
  const connection = useConnection()
  const state = useLive((live) => live.state)
  const [view, setView] = useUrlState('view', '', true)

  const isBusy = state !== undefined && ['spawning', 'running', 'cleanup', 'stopping'].includes(state.state)
  const asksForRun = state !== undefined && !isBusy && (state.run === 0 || view === 'new')
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header
        isForm={asksForRun}
        onNew={() => {
          setView('new')
        }}
      />
      <main id="main" tabIndex={-1}>
        <Notices />
        {state === undefined && connection === 'connecting' && <p className="muted loading">Connecting…</p>}
        {asksForRun && (
          <StartForm
            workerCount={state.worker_count}
            profiles={args.all_profiles ?? []}
            onStarted={() => {
              setView('')
            }}
            onCancel={
              state.run > 0
                ? () => {
                    setView('')
                  }
                : undefined
            }
          />
        )}
        {state !== undefined && !asksForRun && <RunTabs args={args} />}
      </main>
      <Footer />
    </>
  )
}

function Footer() {
  const version = useLive((live) => live.version)
  const locustfile = useLive((live) => live.locustfile)
  const cpu = useLive((live) => live.state.cpu_percent) ?? 0
  const memory = useLive((live) => live.state.memory_bytes) ?? 0
  return version === undefined ? null : (
    <footer className="muted">
      Locust {version}
      {locustfile && ` · ${locustfile}`} · CPU {cpu.toFixed(0)} % · {formatBytes(memory)}
    </footer>
  )
}
