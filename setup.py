"""What pyproject.toml cannot say: the resources, which stand beside the package, go into it when it is installed."""

from setuptools import find_packages, setup

RESOURCES = "qwen_desktop.resources"

setup(
    packages=[*find_packages(include=["qwen_desktop*"]), RESOURCES],
    package_dir={RESOURCES: "resources"},
    package_data={RESOURCES: ["*.toml", "*.txt", "icons/*.svg", "translations/*.ts"]},
    include_package_data=False,
    data_files=[("share/applications", ["packaging/linux/qwen-desktop.desktop"])],
)
