// Tabs as the ARIA practices describe them: arrows move, Home and End jump.
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'

export interface Tab {
  key: string
  title: string
  /** A mark for what is new in it. */
  badge?: string | undefined
}

interface Props {
  label: string
  tabs: readonly Tab[]
  current: string
  onTab: (key: string) => void
  children: ReactNode
}

export function Tabs({ label, tabs, current, onTab, children }: Props) {
  const list = useRef<HTMLDivElement>(null)
  // On a narrow screen the open tab may be beyond the edge.
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [current])
  const move = (event: KeyboardEvent) => {
    const index = tabs.findIndex(({ key }) => key === current)
    const steps: Record<string, number> = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      Home: 0,
      End: tabs.length - 1,
    }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = tabs[(step + tabs.length) % tabs.length]
    if (!next) return
    onTab(next.key)
    list.current?.querySelector<HTMLElement>(`#tab-${CSS.escape(next.key)}`)?.focus()
  }
  return (
    <div className="tabs">
      <div className="tab-list" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map(({ key, title, badge }) => (
          <button
            key={key}
            id={`tab-${key}`}
            type="button"
            role="tab"
            aria-selected={key === current}
            aria-controls="tab-panel"
            tabIndex={key === current ? 0 : -1}
            onClick={() => {
              onTab(key)
            }}
          >
            {title}
            {badge && <span className="badge">{badge}</span>}
          </button>
        ))}
      </div>
      <div id="tab-panel" className="tab-panel" role="tabpanel" aria-labelledby={`tab-${current}`}>
        {children}
      </div>
    </div>
  )
}
