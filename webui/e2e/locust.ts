// A real Locust with its UI, and a target for it, on ports of their own.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const PYTHON = process.env['PYTHON'] ?? fileURLToPath(new URL('../../.venv/bin/python', import.meta.url))

/** Answers fast, and with an error where the path says so. */
export async function startTarget(): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    response.statusCode = request.url?.startsWith('/broken') ? 500 : 200
    response.end('<b>hello</b>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, server }
}

export class Locust {
  output = ''
  readonly folder = mkdtempSync(join(tmpdir(), 'locust-e2e-'))
  private readonly process: ChildProcess

  constructor(locustfile: string, args: readonly string[]) {
    writeFileSync(join(this.folder, 'locustfile.py'), locustfile)
    this.process = spawn(PYTHON, ['-m', 'locust', ...args], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString()
      })
    }
  }

  /** Waits for the first match in what it prints. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + 20_000
    while (Date.now() < deadline) {
      const found = pattern.exec(this.output)
      if (found) return found
      if (this.process.exitCode !== null) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`Locust did not print ${String(pattern)}:\n${this.output}`)
  }

  /** The address of its UI. */
  async url(): Promise<string> {
    const found = await this.printed(/Starting web interface at (\S+), /)
    return `${found[1] ?? ''}/`
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const over = new Promise((resolve) => this.process.once('exit', resolve))
      this.process.kill(signal)
      const hard = setTimeout(() => this.process.kill('SIGKILL'), 10_000)
      await over
      clearTimeout(hard)
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Locust with its UI, ready to be asked. */
export async function startLocust(locustfile: string, ...args: string[]): Promise<{ locust: Locust; url: string }> {
  const locust = new Locust(locustfile, ['--web-host', '127.0.0.1', '--web-port', '0', ...args])
  try {
    return { locust, url: await locust.url() }
  } catch (error) {
    await locust.end()
    throw error
  }
}
