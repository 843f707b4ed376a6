// The settings of one user class, for users that start from now on.
import { useState } from 'react'

import { api, asApiError, type ApiError } from '../../api/client'
import type { UserClass, UserClassChange } from '../../api/types'
import { sentNumber } from '../../lib/startValues'
import { Dialog } from '../../ui/Dialog'
import { InputField } from '../../ui/Field'

interface Props {
  userClass: UserClass
  onClose: () => void
  onSaved: (changed: UserClass) => void
}

/** An attribute as typed, given back in the kind it had. */
function attributeOf(before: unknown, typed: string): string | number | boolean | null {
  if (typeof before === 'boolean') return typed === 'true'
  if (typeof before === 'number') return sentNumber(typed)
  return typed === '' && before === null ? null : typed
}

const isPlain = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value)

export function ClassSettings({ userClass, onClose, onSaved }: Props) {
  const [host, setHost] = useState(userClass.host ?? '')
  const [weight, setWeight] = useState(String(userClass.weight))
  const [fixedCount, setFixedCount] = useState(String(userClass.fixed_count))
  const [tasks, setTasks] = useState<readonly string[]>(userClass.tasks)
  const before = Object.entries(userClass.attributes).filter(([, value]) => isPlain(value))
  const [attributes, setAttributes] = useState(
    Object.fromEntries(before.map(([name, value]) => [name, value === null ? '' : String(value)])),
  )
  const [error, setError] = useState<ApiError>()

  const save = async () => {
    const change: UserClassChange = {
      host: host.trim() || null,
      weight: sentNumber(weight),
      fixed_count: sentNumber(fixedCount),
      tasks: [...tasks],
    }
    if (before.length > 0) {
      change.attributes = Object.fromEntries(
        before.map(([name, value]) => [name, attributeOf(value, attributes[name] ?? '')]),
      )
    }
    try {
      onSaved(await api.changeUserClass(userClass.name, change))
    } catch (reason) {
      setError(asApiError(reason))
    }
  }
  return (
    <Dialog title={`Settings of ${userClass.name}`} onClose={onClose}>
      <div className="fields">
        <InputField label="Host of the class" isWide error={error?.fields.get('host')} value={host} onTyped={setHost} />
        <InputField
          label="Weight"
          error={error?.fields.get('weight')}
          type="number"
          min="0"
          step="any"
          value={weight}
          onTyped={setWeight}
        />
        <InputField
          label="Fixed count"
          help="Users always running; 0: by weight"
          error={error?.fields.get('fixed_count')}
          type="number"
          min="0"
          value={fixedCount}
          onTyped={setFixedCount}
        />
        {before.map(([name]) => (
          <InputField
            key={name}
            label={name}
            error={error?.fields.get(`attributes.${name}`)}
            value={attributes[name] ?? ''}
            onTyped={(text) => {
              setAttributes({ ...attributes, [name]: text })
            }}
          />
        ))}
      </div>
      {userClass.available_tasks.length > 0 && (
        <fieldset className="picker">
          <legend>Tasks</legend>
          <ul>
            {userClass.available_tasks.map((task) => (
              <li key={task}>
                <label>
                  <input
                    type="checkbox"
                    checked={tasks.includes(task)}
                    onChange={(event) => {
                      const { checked } = event.target
                      setTasks(
                        userClass.available_tasks.filter((one) => (one === task ? checked : tasks.includes(one))),
                      )
                    }}
                  />
                  {task}
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
      )}
      {error && (
        <p role="alert" className="note error">
          {error.message}
        </p>
      )}
      <div className="actions">
        <button
          type="button"
          className="primary"
          onClick={() => {
            void save()
          }}
        >
          Save
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  )
}
