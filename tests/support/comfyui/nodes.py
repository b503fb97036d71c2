"""The nodes of the fake, as /object_info describes them."""

from __future__ import annotations

from typing import Any

from tests.support.comfyui.traps import Traps

CHECKPOINTS = ("SDXL/Juggernaut_XL_Lightning_V9.safetensors", "sd_xl_base_1.0.safetensors")
LORAS = ("icons/Game Icon Diablo Style.safetensors", "icons/pixel-art-xl-v1.1.safetensors", "detail.safetensors")
CONTROLNETS = ("SDXL/controlnet-scribble-sdxl-1.0.safetensors",)
SAMPLERS = ("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_sde")
SCHEDULERS = ("normal", "karras", "sgm_uniform")
METHODS = ("nearest-exact", "bilinear", "area", "bicubic")

_INT = ("INT", {"default": 1, "min": 0, "max": 2**64 - 1})
_FLOAT = ("FLOAT", {"default": 1.0})
_TEXT = ("STRING", {"multiline": True, "dynamicPrompts": True})
_SPECS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "CheckpointLoaderSimple": ({"ckpt_name": CHECKPOINTS}, ("MODEL", "CLIP", "VAE")),
    "CLIPSetLastLayer": ({"clip": "CLIP", "stop_at_clip_layer": ("INT", {"min": -24, "max": -1})}, ("CLIP",)),
    "LoraLoaderModelOnly": ({"model": "MODEL", "lora_name": LORAS, "strength_model": _FLOAT}, ("MODEL",)),
    "CLIPTextEncode": ({"text": _TEXT, "clip": "CLIP"}, ("CONDITIONING",)),
    "ControlNetLoader": ({"control_net_name": CONTROLNETS}, ("CONTROL_NET",)),
    "LoadImage": ({"image": ()}, ("IMAGE", "MASK")),
    "ControlNetApplyAdvanced": (
        {
            "positive": "CONDITIONING",
            "negative": "CONDITIONING",
            "control_net": "CONTROL_NET",
            "image": "IMAGE",
            "strength": _FLOAT,
            "start_percent": _FLOAT,
            "end_percent": _FLOAT,
        },
        ("CONDITIONING", "CONDITIONING"),
    ),
    "EmptyLatentImage": ({"width": _INT, "height": _INT, "batch_size": _INT}, ("LATENT",)),
    "KSampler": (
        {
            "model": "MODEL",
            "seed": _INT,
            "steps": _INT,
            "cfg": _FLOAT,
            "sampler_name": SAMPLERS,
            "scheduler": SCHEDULERS,
            "positive": "CONDITIONING",
            "negative": "CONDITIONING",
            "latent_image": "LATENT",
            "denoise": _FLOAT,
        },
        ("LATENT",),
    ),
    "LatentUpscaleBy": ({"samples": "LATENT", "upscale_method": METHODS, "scale_by": _FLOAT}, ("LATENT",)),
    "VAEDecode": ({"samples": "LATENT", "vae": "VAE"}, ("IMAGE",)),
    "EmptyImage": ({"width": _INT, "height": _INT, "batch_size": _INT, "color": _INT}, ("IMAGE",)),
    "ImageScale": (
        {
            "image": "IMAGE",
            "upscale_method": METHODS,
            "width": _INT,
            "height": _INT,
            "crop": ("disabled", "center"),
        },
        ("IMAGE",),
    ),
    "SaveImage": ({"images": "IMAGE", "filename_prefix": ("STRING", {"default": "ComfyUI"})}, ()),
}
_KINDS = frozenset({"INT", "FLOAT", "STRING"})


def object_info(traps: Traps) -> dict[str, Any]:
    return {name: _info(name, traps) for name in _SPECS if name not in traps.missing}


def _info(name: str, traps: Traps) -> dict[str, Any]:
    inputs, outputs = _SPECS[name]
    return {
        "input": {"required": {field: _spec(spec, traps) for field, spec in inputs.items()}},
        "input_order": {"required": list(inputs)},
        "output": list(outputs),
        "output_is_list": [False] * len(outputs),
        "output_name": list(outputs),
        "name": name,
        "display_name": name,
        "python_module": "nodes",
        "category": "fake",
        "output_node": name == "SaveImage",
    }


def _spec(spec: Any, traps: Traps) -> list[Any]:
    if isinstance(spec, str):
        return [spec]
    if spec and spec[0] in _KINDS:
        return list(spec)
    options = [each.replace("/", traps.separator) for each in spec if _base(each) not in traps.missing]
    return ["COMBO", {"options": options}] if traps.combo == "COMBO" else [options, {}]


def _base(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit(".safetensors", 1)[0]
