// Options that the locustfile or a plugin has added.
import type { CustomOption } from '../../api/types'
import type { OptionValue } from '../../lib/startValues'
import { Field, type ControlProps } from '../../ui/Field'

interface Props {
  options: readonly CustomOption[]
  typed: Readonly<Record<string, OptionValue>>
  errors: ReadonlyMap<string, string> | undefined
  onTyped: (name: string, value: OptionValue) => void
}

const titleOf = (name: string) => {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function OptionFields({ options, typed, errors, onTyped }: Props) {
  return (
    <details className="options" open>
      <summary>Custom options</summary>
      <div className="fields">
        {options.map((option) => (
          <Field
            key={option.name}
            label={titleOf(option.name) + (option.is_required ? ' *' : '')}
            help={option.help ?? undefined}
            error={errors?.get(`options.${option.name}`)}
          >
            {(control) => (
              <OptionControl
                control={control}
                option={option}
                value={typed[option.name] ?? ''}
                onValue={(value) => {
                  onTyped(option.name, value)
                }}
              />
            )}
          </Field>
        ))}
      </div>
    </details>
  )
}

interface ControlOptions {
  control: ControlProps
  option: CustomOption
  value: OptionValue
  onValue: (value: OptionValue) => void
}

function OptionControl({ control, option, value, onValue }: ControlOptions) {
  if (option.kind === 'boolean') {
    return (
      <input
        {...control}
        type="checkbox"
        checked={value === true}
        onChange={(event) => {
          onValue(event.target.checked)
        }}
      />
    )
  }
  if (option.kind === 'choice' || option.kind === 'multiple') {
    const isMultiple = option.kind === 'multiple'
    return (
      <select
        {...control}
        multiple={isMultiple}
        value={Array.isArray(value) ? value : String(value)}
        onChange={(event) => {
          const chosen = [...event.target.selectedOptions].map((one) => one.value)
          onValue(isMultiple ? chosen : (chosen[0] ?? ''))
        }}
      >
        {!isMultiple && option.value === null && <option value="" />}
        {(option.choices ?? []).map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    )
  }
  return (
    <input
      {...control}
      type={option.is_secret ? 'password' : 'text'}
      autoComplete={option.is_secret ? 'new-password' : 'off'}
      placeholder={option.is_secret && option.has_value ? '•••••• (set; type to replace)' : ''}
      required={option.is_required}
      value={String(value)}
      onChange={(event) => {
        onValue(event.target.value)
      }}
    />
  )
}
