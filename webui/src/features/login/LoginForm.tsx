// The login: user name and password, a form of one's own, or other providers, as upstream's `auth_args` say.
import type { AuthArgs, AuthInput } from '../../api/bootstrap'
import { Field } from '../../ui/Field'

const PASSWORD_FORM: AuthInput[] = [
  { label: 'Username', name: 'username', is_required: true },
  { label: 'Password', name: 'password', is_secret: true, is_required: true },
]

export function LoginForm({ args }: { args: AuthArgs }) {
  const custom = args.custom_form
  const callback = custom?.callback_url ?? args.username_password_callback
  return (
    <div className="card login">
      <h1>{args.title ?? 'Log in'}</h1>
      {args.info && (
        <p role="status" className="note">
          {args.info}
        </p>
      )}
      {args.error && (
        <p role="alert" className="note error">
          {args.error}
        </p>
      )}
      {callback && (
        // A plain form: the answer is a page, or a redirection to one.
        <form method="post" action={callback}>
          {(custom ? (custom.inputs ?? []) : PASSWORD_FORM).map((input) => (
            <Field key={input.name} label={input.label}>
              {(control) => <Input control={control} input={input} />}
            </Field>
          ))}
          <button type="submit" className="primary">
            {custom?.submit_button_text ?? 'Log in'}
          </button>
        </form>
      )}
      {(args.auth_providers ?? []).map(({ label, callback_url, icon_url }) => (
        <a key={callback_url} className="provider" href={callback_url}>
          {icon_url && <img src={icon_url} alt="" />}
          {label}
        </a>
      ))}
    </div>
  )
}

interface InputProps {
  control: { id: string }
  input: AuthInput
}

function Input({ control, input }: InputProps) {
  const { name, default_value: value } = input
  if (input.choices) {
    const choice = input.is_multiple ? [String(value ?? '')] : String(value ?? '')
    return (
      <select
        {...control}
        name={name}
        multiple={Boolean(input.is_multiple)}
        defaultValue={choice}
        required={Boolean(input.is_required)}
      >
        {input.choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    )
  }
  if (typeof value === 'boolean') return <input {...control} type="checkbox" name={name} defaultChecked={value} />
  return (
    <input
      {...control}
      type={input.is_secret ? 'password' : 'text'}
      name={name}
      autoComplete={input.is_secret ? 'current-password' : name === 'username' ? 'username' : 'on'}
      defaultValue={value ?? ''}
      required={Boolean(input.is_required)}
    />
  )
}
