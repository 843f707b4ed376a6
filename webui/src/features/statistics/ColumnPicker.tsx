// Chooses which columns the table of statistics shows.

interface Props {
  columns: readonly { key: string; title: string }[]
  hidden: readonly string[]
  onHidden: (keys: string[]) => void
}

export function ColumnPicker({ columns, hidden, onHidden }: Props) {
  return (
    <details className="popover">
      <summary>Columns</summary>
      <div className="card">
        <ul>
          {columns.map(({ key, title }) => (
            <li key={key}>
              <label>
                <input
                  type="checkbox"
                  checked={!hidden.includes(key)}
                  onChange={(event) => {
                    onHidden(event.target.checked ? hidden.filter((one) => one !== key) : [...hidden, key])
                  }}
                />
                {title}
              </label>
            </li>
          ))}
        </ul>
      </div>
    </details>
  )
}
