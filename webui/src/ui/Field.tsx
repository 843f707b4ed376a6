// One labelled control of a form, with what is wrong about it beside it.
import { useId, type ReactNode } from 'react'

export interface ControlProps {
  id: string
  'aria-describedby'?: string
  'aria-invalid'?: true
}

interface Props {
  label: string
  help?: ReactNode
  error?: string | undefined
  warning?: string | undefined
  isWide?: boolean
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
