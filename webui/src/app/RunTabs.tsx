// The tabs of a run, and what is new in those that nobody looks at.
import { useState, type ReactNode } from 'react'

import type { TemplateArgs } from '../api/bootstrap'
import { useLive } from '../api/live'
import type { ErrorRow, ExceptionRow } from '../api/types'
import { ChartsTab } from '../features/charts/ChartsTab'
import { DownloadsTab } from '../features/downloads/DownloadsTab'
import { ExceptionsList } from '../features/exceptions/ExceptionsList'
import { ExtendedTab } from '../features/extended/ExtendedTab'
import { FailuresTable } from '../features/failures/FailuresTable'
import { LogsTab } from '../features/logs/LogsTab'
import { RatioTab } from '../features/ratio/RatioTab'
import { StatisticsTab } from '../features/statistics/StatisticsTab'
import { WorkersTab } from '../features/workers/WorkersTab'
import { formatCount } from '../lib/format'
import { levelOf } from '../lib/logs'
import { Tabs, type Tab } from '../ui/Tabs'
import { useUrlState } from '../ui/urlState'

interface Page extends Tab {
  content: () => ReactNode
}

const NO_ERRORS: readonly ErrorRow[] = []
const NO_EXCEPTIONS: readonly ExceptionRow[] = []

export function RunTabs({ args }: { args: TemplateArgs }) {
  const [tab, setTab] = useUrlState('tab', 'stats', true)
  const [, setEndpoints] = useUrlState('endpoints', 'total')
  const isDistributed = useLive((live) => live.isDistributed) ?? false
  const errors = useLive((live) => live.errors) ?? NO_ERRORS
  const exceptions = useLive((live) => live.exceptions) ?? NO_EXCEPTIONS
  const logErrors = useLive(countLogErrors) ?? 0
  const failures = errors.reduce((sum, row) => sum + row.occurrences, 0)
  const raised = exceptions.reduce((sum, row) => sum + row.count, 0)
  const [seenLogErrors, setSeenLogErrors] = useState(0)
  if (tab === 'logs' && seenLogErrors !== logErrors) setSeenLogErrors(logErrors)

  const pages: Page[] = [
    {
      key: 'stats',
      title: 'Statistics',
      content: () => (
        <StatisticsTab
          onEndpoint={(id) => {
            setEndpoints(id)
            setTab('charts')
          }}
        />
      ),
    },
    { key: 'charts', title: 'Charts', content: () => <ChartsTab /> },
    {
      key: 'failures',
      title: 'Failures',
      badge: failures > 0 ? formatCount(failures) : undefined,
      content: () => <FailuresTable rows={errors} />,
    },
    {
      key: 'exceptions',
      title: 'Exceptions',
      badge: raised > 0 ? formatCount(raised) : undefined,
      content: () => <ExceptionsList rows={exceptions} />,
    },
    { key: 'ratio', title: 'Current ratio', content: () => <RatioTab /> },
    ...(isDistributed ? [{ key: 'workers', title: 'Workers', content: () => <WorkersTab /> }] : []),
    { key: 'logs', title: 'Logs', badge: logErrors > seenLogErrors ? '!' : undefined, content: () => <LogsTab /> },
    { key: 'data', title: 'Download data', content: () => <DownloadsTab /> },
    ...(args.extended_tabs ?? []).map(({ key, title }) => ({
      key,
      title,
      content: () => <ExtendedTab key={key} tabKey={key} title={title} tables={args.extended_tables ?? []} />,
    })),
  ]
  const page = pages.find(({ key }) => key === tab) ?? pages[0]
  return (
    <Tabs label="Views of the run" tabs={pages} current={page?.key ?? ''} onTab={setTab}>
      {page?.content()}
    </Tabs>
  )
}

function countLogErrors(live: { logs: ReadonlyMap<string, readonly string[]> }): number {
  let count = 0
  for (const lines of live.logs.values()) for (const line of lines) if (levelOf(line) === 'error') count += 1
  return count
}
