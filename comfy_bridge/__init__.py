"""Jobs to pictures: ComfyUI servers, or a preview made here."""
