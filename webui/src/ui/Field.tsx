// One labelled control of a form, with what is wrong about it beside it.
import { useId, type InputHTMLAttributes, type ReactNode } from 'react'

export interface ControlProps {
  id: string
  'aria-describedby'?: string
  'aria-invalid'?: true
}

interface Words {
  label: string
  help?: ReactNode
  error?: string | undefined
  warning?: string | undefined
  isWide?: boolean
}

interface Props extends Words {
  children: (control: ControlProps) => ReactNode
}

export function Field({ label, help, error, warning, isWide, children }: Props) {
  const id = useId()
  const note = error ?? warning ?? help
  return (
    <div className={isWide ? 'field wide' : 'field'}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(note ? { 'aria-describedby': `${id}-note` } : {}),
        ...(error ? { 'aria-invalid': true } : {}),
      })}
      {note && (
        <div id={`${id}-note`} className={error ? 'note error' : warning ? 'note warning' : 'note'}>
          {note}
        </div>
      )}
    </div>
  )
}

interface InputProps extends Words, Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'id'> {
  value: string
  onTyped: (text: string) => void
}

// A field to type into; further attributes are the input's.
export function InputField({ label, help, error, warning, isWide, onTyped, ...input }: InputProps) {
  return (
    <Field label={label} help={help} error={error} warning={warning} {...(isWide ? { isWide } : {})}>
      {(control) => (
        <input
          type="text"
          {...input}
          {...control}
          onChange={(event) => {
            onTyped(event.target.value)
          }}
        />
      )}
    </Field>
  )
}
