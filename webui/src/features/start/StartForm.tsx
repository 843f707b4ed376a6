// Where a run begins: how many users, how fast, against what, for how long.
import { useEffect, useState, type FormEvent } from 'react'

import { api, asApiError, type ApiError } from '../../api/client'
import type { Config, StartRequest } from '../../api/types'
import { hostWarning, sentNumber, sentValue, typedValue, type OptionValue } from '../../lib/startValues'
import { InputField } from '../../ui/Field'
import { ClassPicker } from './ClassPicker'
import { OptionFields } from './OptionFields'

interface Typed {
  userCount: string
  spawnRate: string
  host: string
  runTime: string
  profile: string
  classes: readonly string[]
  shape: string
  options: Readonly<Record<string, OptionValue>>
}

function typedOf(config: Config): Typed {
  return {
    userCount: String(config.user_count ?? 1),
    spawnRate: String(config.spawn_rate ?? 1),
    host: config.host ?? '',
    runTime: config.run_time ?? '',
    profile: config.profile ?? '',
    classes: config.user_classes.filter(({ is_chosen }) => is_chosen).map(({ name }) => name),
    shape: config.shape_class ?? '',
    options: Object.fromEntries(config.options.map((option) => [option.name, typedValue(option)])),
  }
}

/** Whether the chosen shape leaves no meaning to users and rate. */
function hidesLoad(config: Config, typed: Typed): boolean {
  if (!config.has_class_picker) return config.hides_common_options
  const shape = config.shapes.find(({ name }) => name === typed.shape)
  return shape !== undefined && !shape.uses_common_options
}

function requestOf(config: Config, typed: Typed): StartRequest {
  const request: StartRequest = {
    host: typed.host.trim() || null,
    run_time: typed.runTime.trim() || null,
    profile: typed.profile.trim() || null,
  }
  if (!hidesLoad(config, typed)) {
    request.user_count = sentNumber(typed.userCount)
    request.spawn_rate = sentNumber(typed.spawnRate)
  }
  if (config.has_class_picker) {
    request.user_classes = [...typed.classes]
    request.shape_class = typed.shape || null
  }
  const options: Record<string, unknown> = {}
  for (const option of config.options) {
    const value = sentValue(option, typed.options[option.name] ?? '')
    if (value !== undefined) options[option.name] = value
  }
  if (config.options.length > 0) request.options = options
  return request
}

interface Props {
  workerCount: number | null
  profiles: readonly string[]
  onStarted: () => void
  onCancel?: (() => void) | undefined
}

export function StartForm({ workerCount, profiles, onStarted, onCancel }: Props) {
  const [config, setConfig] = useState<Config>()
  const [typed, setTyped] = useState<Typed>()
  const [error, setError] = useState<ApiError>()
  const [isBusy, setIsBusy] = useState(false)
  useEffect(() => {
    api.config().then(
      (answer) => {
        setConfig(answer)
        setTyped(typedOf(answer))
      },
      (reason: unknown) => {
        setError(asApiError(reason))
      },
    )
  }, [])

  if (!config || !typed) {
    return error ? (
      <p role="alert" className="note error">
        {error.message}
      </p>
    ) : null
  }
  const set = (part: Partial<Typed>) => {
    setTyped({ ...typed, ...part })
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setIsBusy(true)
    setError(undefined)
    try {
      await api.start(requestOf(config, typed))
      onStarted()
    } catch (reason) {
      setError(asApiError(reason))
    } finally {
      setIsBusy(false)
    }
  }
  const noWorkers = config.is_distributed && workerCount === 0
  const allProfiles = [...new Set([...config.profiles, ...profiles])]
  return (
    <form
      className="card start"
      onSubmit={(event) => {
        void submit(event)
      }}
      noValidate
    >
      <h1>Start a load test</h1>
      {config.has_class_picker && (
        <ClassPicker
          config={config}
          chosen={typed.classes}
          shape={typed.shape}
          onChosen={(classes) => {
            set({ classes })
          }}
          onShape={(shape) => {
            set({ shape })
          }}
          onChanged={(changed) => {
            const classes = config.user_classes.map((one) => (one.name === changed.name ? changed : one))
            setConfig({ ...config, user_classes: classes })
          }}
        />
      )}
      <div className="fields">
        {!hidesLoad(config, typed) && (
          <>
            <InputField
              label="Number of users"
              help="At the peak"
              error={error?.fields.get('user_count')}
              type="number"
              inputMode="numeric"
              min="0"
              step="1"
              required
              value={typed.userCount}
              onTyped={(userCount) => {
                set({ userCount })
              }}
            />
            <InputField
              label="Ramp up"
              help="Users started per second"
              error={error?.fields.get('spawn_rate')}
              type="number"
              inputMode="decimal"
              min="0"
              step="any"
              required
              value={typed.spawnRate}
              onTyped={(spawnRate) => {
                set({ spawnRate })
              }}
            />
          </>
        )}
        <InputField
          label="Host"
          isWide
          error={error?.fields.get('host')}
          warning={hostWarning(typed.host) ?? hostNote(config, typed.host)}
          inputMode="url"
          placeholder="https://example.org"
          autoComplete="off"
          required={config.is_host_required}
          value={typed.host}
          onTyped={(host) => {
            set({ host })
          }}
        />
        <InputField
          label="Run time"
          help="As 20s, 3m or 1h30m; empty: no limit"
          error={error?.fields.get('run_time')}
          value={typed.runTime}
          onTyped={(runTime) => {
            set({ runTime })
          }}
        />
        <InputField
          label="Profile"
          help="A label for this run"
          error={error?.fields.get('profile')}
          list="profiles"
          value={typed.profile}
          onTyped={(profile) => {
            set({ profile })
          }}
        />
        <datalist id="profiles">
          {allProfiles.map((profile) => (
            <option key={profile} value={profile} />
          ))}
        </datalist>
      </div>
      {config.options.length > 0 && (
        <OptionFields
          options={config.options}
          typed={typed.options}
          errors={error?.fields}
          onTyped={(name, value) => {
            set({ options: { ...typed.options, [name]: value } })
          }}
        />
      )}
      {error && (
        <p role="alert" className="note error">
          {error.message}
        </p>
      )}
      {noWorkers && (
        <p className="note warning">
          No worker is connected yet: start one with `locust -f … --worker`, then start the run.
        </p>
      )}
      <div className="actions">
        <button type="submit" className="primary" disabled={isBusy || noWorkers}>
          Start
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            Back to the last run
          </button>
        )}
      </div>
    </form>
  )
}

function hostNote(config: Config, host: string): string | undefined {
  if (host.trim() === '') {
    return config.missing_host_warning ? 'Some user classes have no host of their own: they need one here' : undefined
  }
  return config.override_host_warning ? 'This host replaces the ones that the user classes have' : undefined
}
