// The report from disk: names that try to break out of it, ten thousand of them, and paper.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

import { launchBrowser } from './browser'
import { PYTHON } from './locust'

const WRITE_REPORT = `
import json, sys
from locust import User, html, task
from locust.env import Environment

class Visitor(User):
    @task
    def look(self):
        pass

environment = Environment(user_classes=[Visitor], host="http://<b>shop</b>.example")
environment.create_local_runner()
for index, name in enumerate(json.loads(sys.argv[2])):
    environment.stats.log_request("GET", name, index % 100, 10)
    environment.stats.log_error("GET", name, ValueError(name))
    environment.runner.log_exception("local", name, name)
for index in range(int(sys.argv[3])):
    environment.stats.log_request("GET", f"/item/{index}", index % 100, 10)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    file.write(html.get_html_report(environment, theme="dark"))
`

const NASTY = [
  '</script><script>window.broken = 1</script>',
  '<!-- <script>',
  '-->]]>',
  '<img src=x onerror="window.broken = 1">',
  '"\'`${window.broken = 1}',
  '&lt;b&gt; &amp;',
  'line\u2028break\u2029here',
  'javascript:window.broken=1',
  '\u202Eright to left',
  '=cmd|calc',
  '$& $1 $$',
  'null\u0000byte',
]

let browser: Browser
let folder: string

beforeAll(async () => {
  browser = await launchBrowser()
  folder = mkdtempSync(join(tmpdir(), 'locust-report-'))
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
})

afterAll(async () => {
  await browser.close()
  rmSync(folder, { recursive: true })
})

async function openReport(names: readonly string[], more = 0): Promise<{ page: Page; problems: string[] }> {
  const path = join(folder, 'report.html')
  execFileSync(PYTHON, ['-c', WRITE_REPORT, path, JSON.stringify(names), String(more)], { stdio: 'pipe' })
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => problems.push(message.text()))
  page.on('dialog', (dialog) => problems.push(dialog.message()))
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) problems.push(request.url())
  })
  await page.goto(pathToFileURL(path).href)
  await page.getByRole('heading', { name: 'Locust test report' }).waitFor()
  return { page, problems }
}

it('shows names as text, whatever they try', async () => {
  const { page, problems } = await openReport(NASTY)

  const shown = await page.evaluate(() => {
    const args = window.templateArgs as unknown as { requests_statistics: { name: string }[] }
    return args.requests_statistics.map(({ name }) => name)
  })
  expect(new Set(shown)).toEqual(new Set([...NASTY, 'Aggregated']))
  const cells = await page.getByRole('table', { name: 'Request statistics' }).locator('tbody th').allTextContents()
  expect(new Set(cells)).toEqual(new Set(NASTY))
  expect(await page.evaluate(() => (window as { broken?: number }).broken)).toBeUndefined()
  expect(await page.locator('main img, main b, main script').count()).toBe(0)
  expect(problems).toEqual([])
})

it('runs no script but its own: its policy refuses others', async () => {
  const { page, problems } = await openReport([])

  await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.broken = 1'
    document.body.append(script)
    const image = document.createElement('img')
    image.src = 'http://127.0.0.1:9/spy.png'
    document.body.append(image)
  })

  expect(await page.evaluate(() => (window as { broken?: number }).broken)).toBeUndefined()
  await expect.poll(() => problems.filter((text) => text.includes('Content Security Policy')).length).toBe(2)
})

it('is printed whole and in light colours', async () => {
  const { page } = await openReport([], 300)
  const rows = page.getByRole('table', { name: 'Request statistics' }).locator('tbody tr[aria-rowindex]')
  expect(await rows.count()).toBeLessThan(100)

  await page.evaluate(() => {
    window.dispatchEvent(new Event('beforeprint'))
  })
  await page.emulateMedia({ media: 'print' })

  await expect.poll(() => rows.count()).toBe(300)
  expect(await page.locator('html').getAttribute('data-theme')).toBe('light')
  await page.emulateMedia({ media: 'screen' })
  await page.evaluate(() => {
    window.dispatchEvent(new Event('afterprint'))
  })
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
})

it('copes with as many names as are counted', async () => {
  const { page, problems } = await openReport([], 9_900)

  await page.getByRole('table', { name: 'Request statistics' }).getByText('/item/0', { exact: true }).waitFor()
  expect(statSync(join(folder, 'report.html')).size).toBeLessThan(1_500_000)
  expect(problems).toEqual([])
})
