// How much a browser must load before it shows something.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

const DIST = fileURLToPath(new URL('../../src/locust/web/dist', import.meta.url))

it('the first load is at most 400 KB, compressed', () => {
  const page = readFileSync(join(DIST, 'index.html'), 'utf8')
  const files = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, file]) => file ?? '')

  const bytes = ['index.html', ...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0)

  expect(files.length).toBeGreaterThan(1)
  expect(bytes).toBeLessThan(400_000)
})

it("the report's page is at most 1.5 MB, and loads nothing", () => {
  const page = readFileSync(join(DIST, 'report.html'), 'utf8')

  expect(page.length).toBeLessThan(1_500_000)
  expect(page).not.toMatch(/<script[^>]* src=|<link[^>]* href="(?!data:)|url\(["']?(?!data:)\w/)
})

it('no page has a script of its own, which the policy would refuse', () => {
  for (const name of ['index.html', 'auth.html']) {
    const page = readFileSync(join(DIST, name), 'utf8')
    expect(page.match(/<script(?![^>]* src=)[^>]*>/g) ?? []).toEqual([])
    expect(page).not.toMatch(/ style=| on\w+=/)
  }
})

it('nothing is loaded from elsewhere', () => {
  const assets = join(DIST, 'assets')
  for (const name of readdirSync(assets)) {
    expect(statSync(join(assets, name)).size).toBeGreaterThan(0)
    expect(readFileSync(join(assets, name), 'utf8')).not.toMatch(/(?:src|href|import|fetch)\(?["'=]+https?:\/\//)
  }
})
