import { expect, it } from 'vitest'

import { leveled } from './logs'

it('lines of a traceback have the level of the line before them', () => {
  const lines = [
    '[2026-01-01 10:00:00,000] host/INFO/locust.main: Starting',
    '[2026-01-01 10:00:00,000] my-host.local/ERROR/locust.user.task: boom',
    'Traceback (most recent call last):',
    '[2026-01-01 10:00:01,000] host/CRITICAL/root: end',
  ]

  expect(leveled(lines).map(([, level]) => level)).toEqual(['info', 'error', 'error', 'error'])
})
