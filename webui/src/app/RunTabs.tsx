// The tabs of a run.
import type { ReactNode } from 'react'

import type { TemplateArgs } from '../api/bootstrap'
import { StatisticsTab } from '../features/statistics/StatisticsTab'
import { Tabs, type Tab } from '../ui/Tabs'
import { useUrlState } from '../ui/urlState'

interface Page extends Tab {
  content: () => ReactNode
}

export function RunTabs({ args }: { args: TemplateArgs }) {
  const [tab, setTab] = useUrlState('tab', 'stats', true)
  const pages: Page[] = [
    { key: 'stats', title: 'Statistics', content: () => <StatisticsTab onEndpoint={() => undefined} /> },
    ...(args.extended_tabs ?? []).map(({ key, title }) => ({ key, title, content: () => null })),
  ]
  const page = pages.find(({ key }) => key === tab) ?? pages[0]
  return (
    <Tabs label="Views of the run" tabs={pages} current={page?.key ?? ''} onTab={setTab}>
      {page?.content()}
    </Tabs>
  )
}
