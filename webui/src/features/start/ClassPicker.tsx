// Which user classes run, which shape steers them, and the settings of each class.
import { useState } from 'react'

import type { Config, UserClass } from '../../api/types'
import { Field } from '../../ui/Field'
import { ClassSettings } from './ClassSettings'

interface Props {
  config: Config
  chosen: readonly string[]
  shape: string
  onChosen: (names: string[]) => void
  onShape: (name: string) => void
  onChanged: (changed: UserClass) => void
}

export function ClassPicker({ config, chosen, shape, onChosen, onShape, onChanged }: Props) {
  const [open, setOpen] = useState<string>()
  const opened = config.user_classes.find(({ name }) => name === open)
  const names = config.user_classes.map(({ name }) => name)
  return (
    <fieldset className="picker">
      <legend>User classes</legend>
      <ul>
        {config.user_classes.map(({ name, weight, fixed_count, host }) => (
          <li key={name}>
            <label>
              <input
                type="checkbox"
                checked={chosen.includes(name)}
                onChange={(event) => {
                  onChosen(names.filter((one) => (one === name ? event.target.checked : chosen.includes(one))))
                }}
              />
              {name}
            </label>
            <span className="muted">
              {fixed_count > 0 ? `${String(fixed_count)} users` : `weight ${String(weight)}`}
              {host && `, ${host}`}
            </span>
            <button
              type="button"
              className="quiet"
              aria-label={`Settings of ${name}`}
              onClick={() => {
                setOpen(name)
              }}
            >
              Settings
            </button>
          </li>
        ))}
      </ul>
      {config.shapes.length > 0 && (
        <Field label="Shape" help="A shape decides how many users run when">
          {(control) => (
            <select
              {...control}
              value={shape}
              onChange={(event) => {
                onShape(event.target.value)
              }}
            >
              <option value="">None</option>
              {config.shapes.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      {opened && (
        <ClassSettings
          userClass={opened}
          onClose={() => {
            setOpen(undefined)
          }}
          onSaved={(changed) => {
            onChanged(changed)
            setOpen(undefined)
          }}
        />
      )}
    </fieldset>
  )
}
