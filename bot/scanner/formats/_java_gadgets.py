"""Java classes by which known chains of gadgets begin or end: no model holds them, attacks by deserialization do.

Source: the payloads of the public tool ysoserial; CWE-502.
"""

from __future__ import annotations

_GADGETS = (
    "org.apache.commons.collections.functors.",
    "org.apache.commons.collections4.functors.",
    "org.apache.commons.beanutils.",
    "com.sun.org.apache.xalan.internal.xsltc.trax.TemplatesImpl",
    "org.apache.xalan.xsltc.trax.TemplatesImpl",
    "com.sun.rowset.JdbcRowSetImpl",
    "com.mchange.v2.c3p0.",
    "org.codehaus.groovy.runtime.",
    "org.springframework.beans.factory.",
    "org.springframework.core.SerializableTypeWrapper",
    "org.springframework.aop.",
    "java.lang.ProcessBuilder",
    "java.lang.Runtime",
    "java.net.URL",
    "java.rmi.",
    "sun.rmi.",
    "sun.reflect.annotation.AnnotationInvocationHandler",
    "javax.management.BadAttributeValueExpException",
    "javax.script.",
    "bsh.",
    "clojure.",
    "org.python.core.",
    "org.mozilla.javascript.",
    "org.hibernate.",
    "org.jboss.",
    "com.alibaba.fastjson.",
    "com.sun.syndication.",
)


def is_gadget(name: str) -> bool:
    """True for a class of a known chain."""
    return name.startswith(_GADGETS)
