import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { Config } from '../../api/types'
import { StartForm } from './StartForm'

const CONFIG: Config = {
  version: '3',
  locustfile: 'locustfile.py',
  is_distributed: false,
  is_host_required: false,
  has_class_picker: false,
  has_login: false,
  hides_common_options: false,
  user_count: 5,
  spawn_rate: 2,
  run_time: null,
  host: 'http://shop.example',
  profile: null,
  profiles: [],
  missing_host_warning: false,
  override_host_warning: false,
  options: [],
  user_classes: [],
  shapes: [],
  shape_class: null,
  permissions: [],
}

let config = CONFIG
let answer: () => Response
const sent: unknown[] = []

beforeEach(() => {
  config = CONFIG
  answer = () => Response.json({})
  vi.stubGlobal('fetch', (url: string, request: RequestInit) => {
    if (url.endsWith('api/v2/config')) return Promise.resolve(Response.json(config))
    sent.push(JSON.parse(String(request.body)))
    return Promise.resolve(answer())
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  sent.length = 0
})

const show = (workerCount: number | null = null) => {
  const onStarted = vi.fn()
  render(<StartForm workerCount={workerCount} profiles={['nightly']} onStarted={onStarted} />)
  return onStarted
}

const start = () => {
  fireEvent.click(screen.getByRole('button', { name: 'Start' }))
}

it('sends what is typed, as numbers where numbers are meant', async () => {
  const onStarted = show()
  fireEvent.change(await screen.findByLabelText('Number of users'), { target: { value: '30' } })
  fireEvent.change(screen.getByLabelText('Ramp up'), { target: { value: '1.5' } })
  fireEvent.change(screen.getByLabelText('Run time'), { target: { value: '1h30m' } })

  start()

  await vi.waitFor(() => {
    expect(onStarted).toHaveBeenCalled()
  })
  expect(sent).toEqual([
    { user_count: 30, spawn_rate: 1.5, host: 'http://shop.example', run_time: '1h30m', profile: null },
  ])
})

it('shows beside the field what the server says about it', async () => {
  answer = () =>
    Response.json(
      {
        title: 'Wrong',
        detail: 'Check the form.',
        status: 422,
        errors: [{ field: 'user_count', detail: 'Wanted a number' }],
      },
      { status: 422 },
    )
  const onStarted = show()
  await screen.findByLabelText('Number of users')

  start()

  expect(await screen.findByText('Wanted a number')).toBeTruthy()
  expect(screen.getByRole('alert').textContent).toBe('Check the form.')
  expect(screen.getByLabelText('Number of users').getAttribute('aria-invalid')).toBe('true')
  expect(onStarted).not.toHaveBeenCalled()
})

it('never shows a secret, and leaves it as it is when nobody types', async () => {
  config = {
    ...CONFIG,
    options: [
      {
        name: 'api_token',
        kind: 'text',
        value: null,
        has_value: true,
        is_secret: true,
        is_required: false,
        help: null,
        choices: null,
      },
      {
        name: 'pages',
        kind: 'number',
        value: 3,
        has_value: true,
        is_secret: false,
        is_required: false,
        help: null,
        choices: null,
      },
    ],
  }
  show()

  const field = await screen.findByLabelText('Api token')
  start()

  expect(field.getAttribute('type')).toBe('password')
  expect((field as HTMLInputElement).value).toBe('')
  await vi.waitFor(() => {
    expect(sent).toHaveLength(1)
  })
  expect(sent[0]).toMatchObject({ options: { pages: 3 } })
})

it('asks nothing that a shape decides', async () => {
  config = { ...CONFIG, hides_common_options: true }
  show()
  await screen.findByLabelText('Host')

  start()

  await vi.waitFor(() => {
    expect(sent).toEqual([{ host: 'http://shop.example', run_time: null, profile: null }])
  })
  expect(screen.queryByLabelText('Number of users')).toBeNull()
})

it('sends the classes that are picked, and the shape', async () => {
  const userClass = {
    is_chosen: true,
    user_count: 0,
    host: null,
    weight: 1,
    fixed_count: 0,
    tasks: [],
    available_tasks: [],
    attributes: {},
  }
  config = {
    ...CONFIG,
    has_class_picker: true,
    user_classes: [
      { ...userClass, name: 'Buyer' },
      { ...userClass, name: 'Visitor' },
    ],
    shapes: [{ name: 'Steps', uses_common_options: true }],
  }
  show()
  fireEvent.click(await screen.findByLabelText('Buyer'))
  fireEvent.change(screen.getByLabelText('Shape'), { target: { value: 'Steps' } })

  start()

  await vi.waitFor(() => {
    expect(sent).toHaveLength(1)
  })
  expect(sent[0]).toMatchObject({ user_classes: ['Visitor'], shape_class: 'Steps', user_count: 5 })
})

it('waits for a worker', async () => {
  config = { ...CONFIG, is_distributed: true }
  show(0)

  expect((await screen.findByRole('button', { name: 'Start' })).hasAttribute('disabled')).toBe(true)
})
