import { conformance } from "@sluice/conformance";

import { framework as node } from "./on-node.ts";
import { framework as web } from "./on-web.ts";

conformance(node);
conformance(web);
