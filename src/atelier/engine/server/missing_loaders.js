// The stock page (1.27) takes for granted that every server has these loaders: without one of them it fails to
// create VAELoader and CheckpointLoaderSimple too. Those that this engine lacks are given to the page as
// deprecated nodes without inputs, which it keeps out of its menus.
import { app } from "../../scripts/app.js";

const TAKEN_FOR_GRANTED = [
  "CheckpointLoaderSimple",
  "ControlNetLoader",
  "GLIGENLoader",
  "ImageOnlyCheckpointLoader",
  "LoraLoader",
  "LoraLoaderModelOnly",
  "StyleModelLoader",
  "UNETLoader",
  "UpscaleModelLoader",
  "VAELoader",
];

app.registerExtension({
  name: "Atelier.MissingLoaders",
  addCustomNodeDefs(definitions) {
    for (const name of TAKEN_FOR_GRANTED) {
      definitions[name] ??= {
        name,
        display_name: name,
        description: "This engine does not have this node.",
        category: "atelier/missing",
        python_module: "atelier",
        input: { required: {} },
        output: [],
        output_name: [],
        output_is_list: [],
        output_node: false,
        deprecated: true,
      };
    }
  },
});
