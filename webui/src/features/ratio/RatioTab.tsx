// The ratio of the users that run now.
import { useLive } from '../../api/live'
import { api } from '../../api/client'
import { useFetched } from '../../ui/useFetched'
import { RatioTree } from './RatioTree'

export function RatioTab() {
  // Counts change with the users, and nothing else.
  const users = useLive((live) => JSON.stringify([live.state.state, live.state.users_by_class]))
  const [ratio, error] = useFetched(api.ratio, users)
  if (error) return <p className="note error">{error}</p>
  return ratio ? <RatioTree ratio={ratio} /> : null
}
