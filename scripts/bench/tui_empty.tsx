/** What `kx repl` is compared with: the smallest Ink app on a screen of its own. */
import { render, Text } from "ink";

render(<Text>hello</Text>, { alternateScreen: true });
setInterval(() => {}, 1000);
