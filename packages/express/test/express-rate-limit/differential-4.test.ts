import express4 from "express4";

import { compare } from "./compare.ts";

compare("Express 4", express4);
