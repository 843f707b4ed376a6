// Another number of users, or another rate, while the run goes on.
import { useState, type FormEvent } from 'react'

import { api, asApiError, type ApiError } from '../../api/client'
import type { RunState } from '../../api/types'
import { sentNumber } from '../../lib/startValues'
import { InputField } from '../../ui/Field'

interface Props {
  state: RunState
  onDone: () => void
}

export function EditForm({ state, onDone }: Props) {
  const [userCount, setUserCount] = useState(String(state.target_user_count))
  const [spawnRate, setSpawnRate] = useState(String(state.spawn_rate ?? 1))
  const [error, setError] = useState<ApiError>()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await api.load({ user_count: sentNumber(userCount), spawn_rate: sentNumber(spawnRate) })
      onDone()
    } catch (reason) {
      setError(asApiError(reason))
    }
  }
  return (
    <form
      className="edit"
      aria-label="Edit the load"
      noValidate
      onSubmit={(event) => {
        void submit(event)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone()
      }}
    >
      <InputField
        label="Number of users"
        error={error?.fields.get('user_count')}
        type="number"
        min="0"
        autoFocus
        value={userCount}
        onTyped={setUserCount}
      />
      <InputField
        label="Ramp up (users/s)"
        error={error?.fields.get('spawn_rate')}
        type="number"
        min="0"
        step="any"
        value={spawnRate}
        onTyped={setSpawnRate}
      />
      <div className="actions">
        <button type="submit" className="primary">
          Apply
        </button>
        <button type="button" onClick={onDone}>
          Cancel
        </button>
      </div>
      {error && error.fields.size === 0 && (
        <p role="alert" className="note error">
          {error.message}
        </p>
      )}
    </form>
  )
}
